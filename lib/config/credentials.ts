/** An address with a user or a password: they stand before the last `@`. */
const WITH_CREDENTIALS = /^(\w+:\/\/)([^:]*)(?::(.*))?@([^@]+)$/s;

const decodes = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

/** Whether an address is read as it is meant, as far as that can be told: a name of a virtual host may have an `@` too. */
const isRead = (address: string): boolean => {
  if (!URL.canParse(address)) return false;
  const { username, password, pathname, search, hash } = new URL(address);
  // The address of the server stands behind the last `@`.
  if (`${search}${hash}`.includes('@')) return false;
  if (username !== '' || password !== '') return decodes(username) && decodes(password);
  return !/^[^/]*\/[^/]*\/.*@/.test(pathname);
};

/**
 * Encodes what a password may not have as it is in an address: `/`, `?`, `#`, and `%` where it begins no code. Compose
 * files and people put passwords into addresses as they are.
 *
 * @param address - of a server. One that is read as it is meant comes back as it is.
 */
export const withEncodedCredentials = (address: string): string => {
  const [, scheme, user = '', password, server] = WITH_CREDENTIALS.exec(address) ?? [];
  if (scheme === undefined || server === undefined || isRead(address)) return address;
  const credentials = [user, password].filter((part) => part !== undefined).map(encodeURIComponent);
  return `${scheme}${credentials.join(':')}@${server}`;
};

/** Whether an address has a user or a password. */
export const hasCredentials = (address: string): boolean => {
  if (!URL.canParse(address)) return WITH_CREDENTIALS.test(address);
  const { username, password } = new URL(address);
  return username !== '' || password !== '';
};

/** An address with a user and a password in it, encoded as addresses have them. */
export const withCredentials = (address: string, user: string, password: string): string =>
  address.replace('://', () => `://${encodeURIComponent(user)}:${encodeURIComponent(password)}@`);
