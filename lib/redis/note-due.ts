import { CONNECTION_LIFETIME, QUIET } from '../ports/directory.ts';
import type { RedisClient } from './client.ts';
import type { Keys } from './keys.ts';

/**
 * Notes that a connection is to be looked for, unless that is noted already. The list outlives all that is on it.
 *
 * Whoever may bring back the record of a connection that is being closed notes it after that: who closes it looks once
 * more after the note was removed.
 */
export const noteDue = (redis: RedisClient, keys: Keys, id: string): Promise<unknown> =>
  Promise.all([redis.zadd(keys.due, 'NX', Date.now() + QUIET, id), redis.pexpire(keys.due, 2 * CONNECTION_LIFETIME)]);
