import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { ManualClock } from '../../lib/memory/manual-clock.ts';
import { MemoryMeter } from '../../lib/memory/meter.ts';
import { MemoryStore } from '../../lib/memory/store.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import { RedisBacklog } from '../../lib/redis/backlog.ts';
import { RedisBell } from '../../lib/redis/bell.ts';
import type { RedisClient } from '../../lib/redis/client.ts';
import { RedisConsumers } from '../../lib/redis/consumers.ts';
import { RedisCounters } from '../../lib/redis/counters.ts';
import { RedisDirectory } from '../../lib/redis/directory.ts';
import { RedisHealthReports } from '../../lib/redis/health-reports.ts';
import { RedisHistory } from '../../lib/redis/history.ts';
import { keysUnder } from '../../lib/redis/keys.ts';
import { RedisLeases } from '../../lib/redis/leases.ts';
import { RedisLimitedUsers } from '../../lib/redis/limited.ts';
import { RedisPast } from '../../lib/redis/past.ts';
import { RedisPostings } from '../../lib/redis/postings.ts';
import { RedisRateLimiter } from '../../lib/redis/rate-limiter.ts';
import { RedisScratch } from '../../lib/redis/scratch.ts';
import { RedisServiceEvents } from '../../lib/redis/service-events.ts';
import { RedisSubscriptions } from '../../lib/redis/subscriptions.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { AheadClock } from '../unit/sync/ahead-clock.ts';
import { KEPT, memoryAdapters } from './memory-store.ts';
import { passing } from './passing.ts';
import type { Adapters, Keeping, Pass, StoreUnderTest } from './store.ts';

/** The adapters of one process on Redis, under a key prefix. */
const redisAdapters = (
  direct: RedisClient,
  prefix: string,
  clock: Clock,
  keeping: Keeping = {},
  pass?: Pass,
): Adapters => {
  const client = pass === undefined ? direct : passing(direct, pass);
  const keys = keysUnder(prefix);
  const meter = new MemoryMeter();
  return {
    history: new RedisHistory(client, keys, { ...KEPT, compression: 6, ...keeping }, meter, clock),
    postings: new RedisPostings(client, keys, KEPT.retention, clock),
    backlog: new RedisBacklog(client, keys, KEPT.retention, clock),
    subscriptions: new RedisSubscriptions(client, keys, keeping.told),
    directory: new RedisDirectory(client, keys, meter, keeping.told),
    leases: new RedisLeases(client, keys),
    past: new RedisPast(client, keys),
    healthReports: (endpoint) => new RedisHealthReports(client, keys, endpoint),
    serviceEvents: new RedisServiceEvents(client, keys),
    scratch: new RedisScratch(client, keys),
    consumers: new RedisConsumers(client, keys),
    bell: new RedisBell(client, keys),
    counters: new RedisCounters(client, keys),
    limitedUsers: (limits) => new RedisLimitedUsers(client, keys, limits),
    limiter: (limits) =>
      new RedisRateLimiter(client, keys, limits, (error) => {
        throw error;
      }),
  };
};

/** Removes all keys under a prefix. */
export type Empty = (prefix: string) => Promise<void>;

/** A key prefix of the test’s own, which is emptied when the test ends. */
const ownPrefix = (empty: Empty): string => {
  const prefix = `contract-${randomBytes(6).toString('hex')}:`;
  onTestFinished(() => empty(prefix));
  return prefix;
};

export const redisStore = (client: RedisClient, empty: Empty): StoreUnderTest => {
  const prefix = ownPrefix(empty);
  const callers = new AheadClock(systemClock);
  return {
    adapters: (keeping, pass) => redisAdapters(client, prefix, callers, keeping, pass),
    now: () => systemClock.now(),
    get ahead() {
      return callers.ahead;
    },
    set ahead(duration) {
      callers.ahead = duration;
    },
    pass: (duration) => sleep(duration),
  };
};

/** A store whose callers’ clock is moved by hand. */
const byHand = (callers: ManualClock, adapters: StoreUnderTest['adapters']): StoreUnderTest => ({
  adapters,
  now: () => systemClock.now(),
  ahead: 0,
  pass: (duration) => callers.sleep(duration),
});

/**
 * A Redis and a store in memory with one clock of their callers, which stands a day ahead: so it alone dates what is
 * appended, and both say the same times.
 */
export const besideMemory = (client: RedisClient, empty: Empty): readonly [StoreUnderTest, StoreUnderTest] => {
  const prefix = ownPrefix(empty);
  const callers = new ManualClock();
  callers.time = Date.now() + 86_400_000;
  const store = new MemoryStore(systemClock);
  return [
    byHand(callers, (keeping) => redisAdapters(client, prefix, callers, keeping)),
    byHand(callers, (keeping) => memoryAdapters(store, callers, keeping)),
  ];
};

/** Why hours do not pass on Redis. */
export const REAL_TIME = 'Redis has a clock of its own; test/integration looks at what it will expire, and when';
