import { expect, inject, it } from 'vitest';
import { ManualClock } from '../../lib/memory/manual-clock.ts';
import { MemoryMeter } from '../../lib/memory/meter.ts';
import type { Identity } from '../../lib/ports/identity.ts';
import type { RateLimits } from '../../lib/ports/rate-limiter.ts';
import type { Position } from '../../lib/protocol/position.ts';
import { openSession } from '../../lib/protocol/session.ts';
import { connectRedis } from '../../lib/redis/client.ts';
import { keysUnder } from '../../lib/redis/keys.ts';
import { RedisRateLimiter } from '../../lib/redis/rate-limiter.ts';
import { RedisScratch } from '../../lib/redis/scratch.ts';
import { fetchEvent } from '../../lib/sync/fetch-event.ts';
import { ReadsInTurn } from '../../lib/sync/reads-in-turn.ts';
import { answered, PLAIN } from '../frames.ts';
import { WatchedBus } from '../unit/sync/watched-bus.ts';
import { WatchedGateway } from '../unit/sync/watched-gateway.ts';
import { event, connection as memoryConnection } from '../unit/sync/world.ts';
import { inProcesses, sendersOf, sum } from './limiter-load.ts';
import { countedRedis, keysOf, redisUnderTest } from './redis.ts';

const LIMITS: RateLimits = {
  enabled: true,
  duration: 60_000,
  block: 60_000,
  points: { connection: 1_000_000, user: 1_000_000, global: 1_000_000 },
  backEnd: 1_000_000,
  types: {},
  allowed: [],
};

const one = (connection: string, user = connection, type = 'ping', count = 1) => ({
  connection,
  user,
  messages: new Map([[type, count]]),
});

const limiterOf = (limits: Partial<RateLimits>) => {
  const { client, keys, prefix } = redisUnderTest();
  const failures: unknown[] = [];
  return {
    client,
    keys,
    prefix,
    failures,
    limiter: new RedisRateLimiter(client, keys, { ...LIMITS, ...limits }, (error) => failures.push(error)),
  };
};

const expectWithinTwoPercent = (measured: number, setting: number): void => {
  expect(Math.abs(measured - setting), `${measured} of ${setting}`).toBeLessThanOrEqual(0.02 * setting);
};

it.each([
  ['connection', { connection: 600 }, sendersOf(1, 400), 600],
  ['user', { user: 900 }, sendersOf(4, 150, 'alice'), 900],
  ['global', { global: 1_500 }, sendersOf(1, 1_500), 1_500],
] as const)(
  '[L-1] lets through what the setting says at the level %s, from several processes at once',
  async (_, points, load, setting) => {
    const { prefix } = redisUnderTest();
    const limits = { ...LIMITS, points: { ...LIMITS.points, ...points } };
    expectWithinTwoPercent(
      sum(await inProcesses(inject('redisUrl'), { prefix, limits, senders: load, width: 20 })),
      setting,
    );
  },
);

it('[L-3] lets each of ten through who send at once to what is everyone’s as much as its share, and hardly more', async () => {
  const { prefix } = redisUnderTest();
  const limits = { ...LIMITS, points: { ...LIMITS.points, global: 1_500 } };
  const passed = await inProcesses(inject('redisUrl'), { prefix, limits, senders: sendersOf(10, 100), width: 20 });
  for (const each of Object.values(passed)) expect(each).toBeGreaterThanOrEqual(148);
  expect(sum(passed)).toBeLessThanOrEqual(1_800);
});

it('[L-3] forgets who sent together with what everyone sent, whichever was counted first', async () => {
  const { client, keys, limiter } = limiterOf({ points: { ...LIMITS.points, global: 10 } });
  // More than fits: it is known who sent it, and nothing of it was taken.
  expect(await limiter.take(one('A', 'mallory', 'ping', 11))).toMatchObject({ level: 'global' });
  await client.pexpire(keys.limit('users', 'everyone'), 30_000);
  expect(await limiter.take(one('B', 'lawful', 'ping', 10))).toBeUndefined();
  const ends = await Promise.all(
    [keys.limit('global', 'everyone'), keys.limit('users', 'everyone')].map((key) => client.pexpiretime(key)),
  );
  expect(ends[0]).toBeGreaterThan(0);
  expect(ends[1]).toBe(ends[0]);
});

it.each([
  ['goes back by an hour', 3_660_000],
  ['knows no end of it', undefined],
])('[L-2] refuses everyone for a duration at the most where the clock of Redis %s', async (_, left) => {
  const { client, keys, limiter } = limiterOf({ points: { ...LIMITS.points, global: 10 } });
  expect(await limiter.take(one('A', 'mallory', 'ping', 10))).toBeUndefined();
  const counted = [keys.limit('global', 'everyone'), keys.limit('users', 'everyone')];
  for (const key of counted) await (left === undefined ? client.persist(key) : client.pexpire(key, left));
  const refused = await limiter.take(one('A', 'mallory'));
  expect(refused).toMatchObject({ level: 'global' });
  expect(refused?.retryAfter).toBeLessThanOrEqual(60_000);
  for (const key of counted) {
    expect(await client.pttl(key)).toBeGreaterThan(0);
    expect(await client.pttl(key)).toBeLessThanOrEqual(60_000);
  }
});

it('[L-2] refuses a user for a duration at the most where the clock of Redis goes back by an hour', async () => {
  const points = { ...LIMITS.points, user: 10 };
  const { client, keys, limiter } = limiterOf({ points, block: 0 });
  expect(await limiter.take(one('A', 'mallory', 'ping', 10))).toBeUndefined();
  const counted = keys.limit('user', 'mallory');
  await client.pexpire(counted, 3_660_000);
  const refused = await limiter.take(one('A', 'mallory'));
  expect(refused).toMatchObject({ level: 'user' });
  expect(refused?.retryAfter).toBeLessThanOrEqual(60_000);
  expect(await client.pttl(counted)).toBeLessThanOrEqual(60_000);
});

it('[L-1] lets through what the setting says of a type, in frames of several messages', async () => {
  const { prefix } = redisUnderTest();
  const limits = { ...LIMITS, types: { broadcast: 500 } };
  const passed = await inProcesses(inject('redisUrl'), {
    prefix,
    limits,
    senders: [{ connection: 'A', user: 'alice', frames: 60, messages: 5 }],
    width: 20,
  });
  expectWithinTwoPercent(sum(passed), 500);
});

it('[L-3] what one floods is not missing to the others', async () => {
  const { prefix } = redisUnderTest();
  const limits = { ...LIMITS, points: { connection: 200, user: 1_000_000, global: 1_000 } };
  const flooder = { connection: 'flooder', user: 'mallory', frames: 3_000 };
  const passed = await inProcesses(inject('redisUrl'), { prefix, limits, senders: [flooder], width: 20 });
  expectWithinTwoPercent(passed['flooder'] ?? 0, 200);
  const others = await inProcesses(inject('redisUrl'), { prefix, limits, senders: sendersOf(10, 40), width: 5 });
  // Each of the eleven who send has an eleventh whatever the others took, and all that is left is shared.
  for (const passed of Object.values(others)) expect(passed).toBeGreaterThanOrEqual(88);
  expect(sum(others)).toBeGreaterThanOrEqual(0.98 * 800);
  expect(sum(others)).toBeLessThanOrEqual(1.02 * 910);
});

it('users who are allowed are not counted, and nobody is where limits are off', async () => {
  const points = { connection: 1, user: 1, global: 1 };
  for (const limits of [
    { points, allowed: ['alice'] },
    { points, enabled: false },
  ]) {
    const { limiter, client, prefix } = limiterOf(limits);
    for (let i = 0; i < 3; i++) expect(await limiter.take(one('A', 'alice'))).toBeUndefined();
    expect(await keysOf(client, prefix)).toEqual([]);
  }
});

const worldOf = (redis: ReturnType<typeof redisUnderTest>, limits: RateLimits) => ({
  ...redis,
  scratch: new RedisScratch(redis.client, redis.keys),
  limiter: new RedisRateLimiter(redis.client, redis.keys, limits, () => undefined),
  compression: { enabled: true, threshold: 1_024 },
  encoder: PLAIN,
  reads: new ReadsInTurn(),
  gateway: new WatchedGateway(),
  bus: new WatchedBus(),
  authenticator: undefined,
  clock: new ManualClock(),
  limits: { messageSize: 2 ** 20, subscriptions: 1_000, patterns: 1_000 },
  replay: { enabled: true, retention: 60_000, batchSize: 100, maxEvents: 1_000 },
  meter: new MemoryMeter(),
  onAnswered: () => undefined,
  onFailure: (error: unknown) => expect.unreachable(String(error)),
});

it('a broadcast frame costs one round trip to Redis, with all levels and the session in it, and one confirm', async () => {
  const redis = await countedRedis();
  const world = worldOf(redis, { ...LIMITS, types: { broadcast: 5 } });
  await world.limiter.take(one('warm', 'up'));
  const alice = memoryConnection('A', 'alice');
  redis.trips.take();
  const [answer] = await answered(world, alice, '{"type":"broadcast","channel":"a","data":1}');
  expect(answer).toContain('"ack"');
  expect(redis.trips.take()).toBe(1);
  expect(world.bus.published).toHaveLength(1);
});

it('[L-11] [L-12] an event read over HTTP is paid at once, so that it counts in every process', async () => {
  const redis = redisUnderTest();
  const limits = { ...LIMITS, points: { ...LIMITS.points, user: 20 } };
  const alice: Identity = { user: 'alice', admin: false, session: openSession(0) };
  await redis.history.append([event('a', '1', { data: JSON.stringify('x'.repeat(2 ** 20)) })]);
  const { epoch } = (await redis.history.positions(['a'])).positions['a'] as Position;
  const address = { channel: 'a', epoch, offset: 1, private: false };
  expect(await fetchEvent(worldOf(redis, limits), alice, address)).toMatchObject({ id: '1' });
  const elsewhere = worldOf(redis, limits);
  await expect(fetchEvent(elsewhere, alice, address)).rejects.toMatchObject({ code: 'RATE_LIMIT_EXCEEDED' });
});

it('[L-4] [L-6] what is refused again and again costs a round trip in twenty, and is counted all the same', async () => {
  const redis = await countedRedis(1);
  const world = worldOf(redis, { ...LIMITS, points: { ...LIMITS.points, connection: 400 } });
  const alice = memoryConnection('A', 'alice');
  const send = async (frames: number): Promise<string[]> => {
    const codes: string[] = [];
    for (let i = 0; i < frames; i++) {
      const [answer = 'none'] = await answered(world, alice, '{"type":"unknown"}');
      codes.push(/"code":"([A-Z_]+)"/.exec(answer)?.[1] ?? answer);
    }
    return codes;
  };
  expect(new Set(await send(400))).toEqual(new Set(['UNKNOWN_TYPE']));
  expect(await send(1)).toEqual(['RATE_LIMIT_EXCEEDED']);
  redis.trips.take();
  expect(new Set(await send(399))).toEqual(new Set(['RATE_LIMIT_EXCEEDED']));
  expect(redis.trips.take()).toBeLessThanOrEqual(20);
  expect(world.gateway.closed).toEqual([]);
  // Refused as often as it was allowed, and still sending.
  expect(await send(1)).toEqual(['none']);
  expect(world.gateway.closed).toEqual(['A']);
});

it('[L-5] counts in this process while Redis is away, and says so', async () => {
  const client = connectRedis({ url: 'redis://127.0.0.1:1', cluster: false }, () => undefined);
  const failures: unknown[] = [];
  const limits = { ...LIMITS, points: { ...LIMITS.points, connection: 2 } };
  const limiter = new RedisRateLimiter(client, keysUnder('away:'), limits, (error) => failures.push(error));
  expect(await limiter.take(one('A'))).toBeUndefined();
  expect(await limiter.take(one('A'))).toBeUndefined();
  expect(await limiter.take(one('A'))).toMatchObject({ level: 'connection' });
  expect(failures.length).toBeGreaterThanOrEqual(3);
  client.disconnect();
});
