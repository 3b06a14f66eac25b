import type { Rotating } from '../ports/rotating.ts';

/** An address with a user and a password, which may be exchanged. */
export type Address = string | Rotating<string>;

/**
 * Does something at an address, and once more where its credentials were refused and are others by now.
 *
 * @param isRefused - whether it failed for its credentials.
 * @throws what `attempt` throws at last.
 */
export const renewedWhereRefused = async <T>(
  address: Address,
  attempt: (url: string) => Promise<T>,
  isRefused: (error: unknown) => boolean,
): Promise<T> => {
  if (typeof address === 'string') return attempt(address);
  const url = await address.current();
  try {
    return await attempt(url);
  } catch (refusal) {
    if (!isRefused(refusal)) throw refusal;
    const renewed = await address.renewed();
    if (renewed === url) throw refusal;
    return attempt(renewed);
  }
};

/** As whom an address has a client known to the broker. */
export const userIn = (url: string): string => decodeURIComponent(new URL(url).username) || 'guest';
