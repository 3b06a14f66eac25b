import { randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * @returns a path that nobody else knows, for one start: behind it stands what the functions of that start alone are to
 *   reach. It travels with the address, to other instances through Redis.
 */
export const newSecretPath = (): string => `/${randomBytes(24).toString('base64url')}`;

/** @returns the path of an address, without a slash at its end. */
export const pathIn = (address: string): string => new URL(address).pathname.replace(/\/$/, '');

/** @returns the address, with a secret path where it has none. One that is malformed is left to who reads the settings. */
export const withSecretPath = (address: string): string =>
  URL.canParse(address) && /^https?:/i.test(address) && pathIn(address) === ''
    ? new URL(newSecretPath(), address).href
    : address;

/**
 * Whether a page sent a request to what only functions ask. A browser says whose page posts or deletes; a function is of no
 * origin.
 */
export const isOfPage = ({ origin }: Readonly<Record<string, unknown>>): boolean => origin !== undefined;

const OF_ANOTHER_START = /^\/[\w-]{32}\/@connections\//;

/**
 * @param url - of a request that is not behind the path of this start.
 * @returns the status of its answer: the connections of an earlier start, at an address that this one has now, are gone.
 */
export const refusalStatusOf = (url: string): 403 | 410 => (OF_ANOTHER_START.test(url) ? 410 : 403);

/**
 * Reads what is asked for behind a path. It takes as long for a path that is nearly right as for any other.
 *
 * @param url - of a request, as it came.
 * @returns the rest of it; undefined where it does not begin with that path.
 */
export const behindPath = (url: string, path: string): string | undefined => {
  const given = Buffer.from(url.slice(0, path.length));
  const secret = Buffer.from(path);
  if (given.length !== secret.length || !timingSafeEqual(given, secret)) return undefined;
  const rest = url.slice(path.length);
  return rest.startsWith('/') ? rest : undefined;
};
