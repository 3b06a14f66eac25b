import { randomBytes } from 'node:crypto';
import type { HistoryName } from '../ports/history.ts';
import type { RedisClient } from './client.ts';
import type { HistoryKeys, Keys } from './keys.ts';

/**
 * Histories whose epochs follow from one count, of all and of one slot of a cluster: where one begins, others of its share
 * begin under another epoch than was foretold, which looks like a loss to who waited for them. A byte each.
 */
const SHARES = 1_048_576;
const SHARES_OF_SLOT = 256;

/** Characters of a name, 6 bits in each. `foretell.lua` reads as many. */
const NAME = 12;

/** Names that are drawn at once: bytes are drawn by a call of the system, and a batch of many histories needs as many names. */
const DRAWN = 256;

let drawn = '';

/** What epochs are made of where nothing is there to make them of. */
export const newName = (): string => {
  if (drawn === '') drawn = randomBytes((DRAWN * NAME * 6) / 8).toString('base64url');
  const name = drawn.slice(0, NAME);
  drawn = drawn.slice(NAME);
  return name;
};

export const keysOfHistory = (keys: Keys, { channel, user }: HistoryName): HistoryKeys =>
  user === undefined ? keys.history(channel) : keys.privateHistory(user, channel);

/** The key of what a history’s epoch is made of, and its shares. */
export const epochsOf = (
  redis: RedisClient,
  keys: Keys,
  history: HistoryKeys,
): readonly [key: string, shares: number] =>
  redis.isCluster ? [keys.epochs(history), SHARES_OF_SLOT] : [keys.epochs(undefined), SHARES];
