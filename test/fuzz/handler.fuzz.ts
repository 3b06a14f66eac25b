import { expect, it } from 'vitest';
import { apiGatewayEncoder } from '../../lib/gateway/frames.ts';
import { ManualClock } from '../../lib/memory/manual-clock.ts';
import { MemoryMeter } from '../../lib/memory/meter.ts';
import { RedisRateLimiter } from '../../lib/redis/rate-limiter.ts';
import { RedisScratch } from '../../lib/redis/scratch.ts';
import { ReadsInTurn } from '../../lib/sync/reads-in-turn.ts';
import { keysOf, redisUnderTest } from '../integration/redis.ts';
import { WatchedBus } from '../unit/sync/watched-bus.ts';
import { WatchedGateway } from '../unit/sync/watched-gateway.ts';
import { frames } from './frames.ts';
import { fuzzHandler } from './handler.ts';
import { heap } from './memory.ts';

const COMPRESSION = { enabled: true, threshold: 1_024 };
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_260_101);
const COUNT = Number(process.env['FUZZ_FRAMES'] ?? 200_000);
const PART = 20_000;
const UNLIMITED = 1_000_000_000;

/** A bus that holds every broadcast, and tells nobody. */
class ForgetfulBus extends WatchedBus {
  override async publish(): Promise<void> {}
}

it(`answers ${COUNT} frames, whatever they hold, and keeps nothing`, async () => {
  const redis = redisUnderTest();
  const failures: unknown[] = [];
  const world = {
    ...redis,
    scratch: new RedisScratch(redis.client, redis.keys),
    limiter: new RedisRateLimiter(
      redis.client,
      redis.keys,
      {
        enabled: true,
        duration: 3_600_000,
        block: 0,
        points: { connection: UNLIMITED, user: UNLIMITED, global: UNLIMITED },
        backEnd: UNLIMITED,
        types: {},
        allowed: [],
      },
      (error) => failures.push(error),
    ),
    compression: COMPRESSION,
    encoder: apiGatewayEncoder(COMPRESSION),
    reads: new ReadsInTurn(),
    gateway: new WatchedGateway(),
    bus: new ForgetfulBus(),
    authenticator: { identify: async () => 'forged' as const },
    clock: new ManualClock(),
    limits: { messageSize: 2 ** 20, subscriptions: 1_000, patterns: 1_000 },
    replay: { enabled: true, retention: 60_000, batchSize: 100, maxEvents: 1_000 },
    meter: new MemoryMeter(),
    onAnswered: () => undefined,
    onFailure: (error: unknown) => failures.push(error),
  };

  let total = 0;
  let refused = 0;
  let settled = 0;
  for (let part = 0; total < COUNT; part++) {
    const size = Math.min(PART, COUNT - total);
    const fuzzed = await fuzzHandler(world, frames(size, SEED + part * PART, false));
    expect(fuzzed.faults).toEqual([]);
    expect(failures).toEqual([]);
    total += fuzzed.frames;
    refused += fuzzed.refused;
    // What is compiled and cached at first is not what leaks.
    if (part === 1) settled = heap();
  }
  const grown = settled === 0 ? 0 : heap() - settled;
  console.log(
    `seed ${SEED}: ${total} frames at the handler, ${refused} refused; heap grew by ${(grown / 2 ** 20).toFixed(1)} MB`,
  );
  expect(total).toBe(COUNT);
  expect(refused).toBeGreaterThan(COUNT / 10);
  expect(refused).toBeLessThan(COUNT);
  expect(grown).toBeLessThan(32 * 2 ** 20);

  // Nothing is left of the connections but, for a minute, which version left an audience. Whatever else there is goes by
  // itself; what all histories begin under stays.
  const left = (await keysOf(redis.client, redis.prefix)).filter((key) => !key.endsWith(':e:{epochs}'));
  expect(left.filter((key) => /:c:|:a:|:u:\{[^}]*\}$/.test(key) && !/:(messages|pieces|left)$/.test(key))).toEqual([]);
  for (const key of left) expect([key, await redis.client.pttl(key)]).toEqual([key, expect.toSatisfy((ms) => ms > 0)]);
});
