import { isIP } from 'node:net';

const ANY_PORT = ':*';

const isAt = (origin: string, allowed: string): boolean => {
  if (!allowed.endsWith(ANY_PORT)) return origin === allowed;
  const host = allowed.slice(0, -ANY_PORT.length);
  return origin === host || (origin.startsWith(`${host}:`) && /^\d{1,5}$/.test(origin.slice(host.length + 1)));
};

/**
 * Whether a page of this origin may connect and ask. Whoever sends no `Origin` is no browser, or one that only reads and
 * shows the answer to no other page.
 *
 * @param allowed - origins, also with `:*` for any port; `*` among them is any.
 */
export const isWelcome = (origin: string | undefined, allowed: readonly string[]): boolean =>
  origin === undefined || allowed.includes('*') || allowed.some((each) => isAt(origin, each));

/** Whether a page is of the very host that it asks: of the service itself. */
export const isSameHost = (origin: string | undefined, host: string | undefined): boolean =>
  origin !== undefined && host !== undefined && [`https://${host}`, `http://${host}`].includes(origin);

/**
 * Whether a request was sent to a name that is this service’s where it takes everyone at their word: an address, a name
 * without a dot, or the host of an allowed origin. Any other may be the name of a page that has made it lead here, and
 * whose requests then have no foreign origin (DNS rebinding).
 *
 * @param host - as the header has it, with its port.
 */
export const isOwnHost = (host: string | undefined, allowed: readonly string[]): boolean => {
  if (host === undefined || allowed.includes('*')) return true;
  if (allowed.some((origin) => isSameHost(origin, host))) return true;
  if (!URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  return isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 || !hostname.includes('.') || hostname.endsWith('.localhost');
};
