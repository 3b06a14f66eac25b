import { createHash, timingSafeEqual } from 'node:crypto';
import type { Rotating } from '../ports/rotating.ts';
import { headerOf } from './credentials.ts';

/** What somebody shows as a key: `x-api-key`, or `Authorization`, where a scraper can send that alone. */
export const keyOf = (headers: Readonly<Record<string, string | undefined>>): string | undefined =>
  headerOf(headers, 'x-api-key') ?? /^Bearer +([^ ].*)$/i.exec(headerOf(headers, 'authorization') ?? '')?.[1];

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Whether a key is the administrator's. It takes as long for one that is nearly right as for any other.
 *
 * @param shown - as `keyOf` finds it.
 * @param key - undefined where no key opens anything. Once it is exchanged, the one before it opens nothing.
 */
export const isAdminKey = async (shown: string | undefined, key: Rotating<string | undefined>): Promise<boolean> =>
  shown !== undefined && (isSame(shown, await key.current()) || isSame(shown, await key.renewed()));

const isSame = (shown: string, key: string | undefined): boolean =>
  key !== undefined && timingSafeEqual(digest(shown), digest(key));
