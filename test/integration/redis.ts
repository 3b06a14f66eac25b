import { randomBytes } from 'node:crypto';
import { inject, onTestFinished } from 'vitest';
import { MemoryMeter } from '../../lib/memory/meter.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import { connectRedis, type RedisClient } from '../../lib/redis/client.ts';
import { RedisDirectory } from '../../lib/redis/directory.ts';
import { RedisHistory } from '../../lib/redis/history.ts';
import { keysUnder } from '../../lib/redis/keys.ts';
import { RedisLeases } from '../../lib/redis/leases.ts';
import { RedisPostings } from '../../lib/redis/postings.ts';
import { RedisScratch } from '../../lib/redis/scratch.ts';
import { RedisSubscriptions } from '../../lib/redis/subscriptions.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { Turns } from '../../lib/sync/turns.ts';
import { RoundTrips } from '../round-trips.ts';

interface Settings {
  /** Of Redis, where it is another than that of all tests. */
  readonly url?: string;
  readonly maxEvents?: number;
  /** Milliseconds. */
  readonly retention?: number;
  readonly clock?: Clock;
}

/** The adapters under a key prefix of the test’s own, which is emptied when it ends. */
export const redisUnderTest = (settings: Settings = {}) => {
  const client = connectRedis({ url: settings.url ?? inject('redisUrl'), cluster: false }, () => undefined);
  const prefix = `test-${randomBytes(6).toString('hex')}:`;
  onTestFinished(async () => {
    const mine = await keysOf(client, prefix);
    if (mine.length > 0) await client.del(...mine);
    client.disconnect();
  });
  return { client, prefix, ...adapters(client, prefix, settings) };
};

/** The same, where the round trips to Redis are counted; see `RoundTrips.before`. */
export const countedRedis = async (held?: number) => {
  const trips = await RoundTrips.before(inject('redisUrl'), held);
  const url = trips.through(inject('redisUrl'));
  onTestFinished(() => trips.stop());
  return { trips, ...redisUnderTest({ url }) };
};

/** The adapters on a client. */
export const adapters = (client: RedisClient, prefix: string, settings: Settings = {}) => {
  const keys = keysUnder(prefix);
  const meter = new MemoryMeter();
  const postings = new RedisPostings(client, keys, 60_000, settings.clock ?? systemClock);
  return {
    keys,
    meter,
    directory: new RedisDirectory(client, keys, meter),
    subscriptions: new RedisSubscriptions(client, keys),
    scratch: new RedisScratch(client, keys),
    leases: new RedisLeases(client, keys),
    postings,
    turns: new Turns(postings, systemClock),
    history: new RedisHistory(
      client,
      keys,
      {
        enabled: true,
        retention: settings.retention ?? 60_000,
        maxEvents: settings.maxEvents ?? 1_000,
        compression: 6,
      },
      meter,
      settings.clock ?? systemClock,
    ),
  };
};

/** Every key under a prefix. */
export const keysOf = async (client: RedisClient, prefix: string): Promise<string[]> => {
  const found: string[] = [];
  let cursor = '0';
  do {
    const [next, page] = await client.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', 1_000);
    found.push(...page);
    cursor = next;
  } while (cursor !== '0');
  return found;
};

/** Audiences that a connection left lately, and the last answer of a sweep: known for a while, whatever becomes of them. */
const PASSING = /^[^:]+:(a:\{.*\}:left|r:\{registry\}:removed)$/;

/** Every key under a prefix but those that are gone within a minute by themselves. */
export const lastingKeysOf = async (client: RedisClient, prefix: string): Promise<string[]> => {
  const keys = await keysOf(client, prefix);
  const lasting: string[] = [];
  for (const key of keys) {
    const left = await client.pttl(key);
    if (!PASSING.test(key) || left === -1 || left > 60_000) lasting.push(key);
  }
  return lasting;
};
