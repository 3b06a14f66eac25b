import { expect, it } from 'vitest';
import { ApiGateway } from '../../../lib/gateway/api-gateway.ts';
import type { Transport } from '../../../lib/gateway/transport.ts';
import { VirtualClock } from '../../../lib/memory/virtual-clock.ts';
import { DependencyAway } from '../../../lib/ports/dependency.ts';
import { type FanOutReport, fanOut } from '../../../lib/sync/fan-out.ts';
import { TokenBucket } from '../../../localstack/strict/token-bucket.ts';
import { connection, event } from '../sync/world.ts';
import { fanningWorld, incoming } from '../sync/worlds.ts';

/** Milliseconds from a request to its answer. */
const LATENCY = 10;

/** Milliseconds to which times are rounded up, so that many posts are due at once. */
const STEP = 0.25;

/** Milliseconds a batch has. */
const PATIENCE = 52_000;

interface Listening {
  readonly healthy: number;
  /** They took everything, and then stopped reading: their buffers are full. */
  readonly silent: number;
  /** They take a frame every three seconds. */
  readonly slow?: number;
  /** They take what comes at the third try. */
  readonly fickle?: number;
  /** Requests a second for the whole account. */
  readonly quota?: number;
}

/** Milliseconds between two frames that a slow listener takes. */
const SLOW = 3_000;

/** Fans events out to such listeners, in virtual time. */
const fanning = async ({ healthy, silent, slow = 0, fickle = 0, quota = 10_000 }: Listening) => {
  const time = new VirtualClock(STEP);
  const bucket = new TokenBucket(quota, quota / 2, time.elapsed());
  const took = new Map<string, number>();
  const tries = new Map<string, number>();
  const takes = (path: string): boolean => {
    if (path.includes('silent')) return false;
    if (path.includes('fickle')) {
      tries.set(path, (tries.get(path) ?? 0) + 1);
      return Number(tries.get(path)) % 3 === 0;
    }
    if (!path.includes('slow')) return true;
    if (time.elapsed() - (took.get(path) ?? -SLOW) < SLOW) return false;
    took.set(path, time.elapsed());
    return true;
  };
  const transport: Transport = {
    post: async (_, path) => {
      await time.sleep(LATENCY);
      return bucket.take(time.elapsed()) && takes(path) ? 200 : 429;
    },
    end: async () => undefined,
  };
  const settings = { endpoint: 'http://gateway', region: 'us-east-1', credentials: undefined };
  const gateway = new ApiGateway(settings, time, { transport });
  const closed: string[] = [];
  const world = {
    ...fanningWorld(),
    clock: time,
    gateway: {
      post: gateway.post.bind(gateway),
      find: gateway.find.bind(gateway),
      close: async ({ id }: { id: string }) => void closed.push(id),
    },
  };
  // Those who take nothing are posted to first and last: the pages are in the order of ids.
  const ids = [
    ...Array.from({ length: healthy }, (_, i) => `listener-${i}`),
    ...Array.from({ length: silent }, (_, i) => `${i % 2 === 0 ? 'a' : 'z'}-silent-${i}`),
    ...Array.from({ length: slow }, (_, i) => `${i % 2 === 0 ? 'a' : 'z'}-slow-${i}`),
    ...Array.from({ length: fickle }, (_, i) => `${i % 2 === 0 ? 'a' : 'z'}-fickle-${i}`),
  ];
  for (const id of ids) await world.subscriptions.add(connection(id), [{ text: 'x', found: 'by-name' }], 10);
  let published = 0;
  /** One batch of events, a frame each. @returns the report, and the milliseconds it took. */
  const fan = async (events = 1): Promise<FanOutReport & { took: number }> => {
    const began = time.elapsed();
    const batch = incoming(...Array.from({ length: events }, () => event('x', `${published++}`)));
    // Settled within the run, which goes on for a while after a failure.
    const [done] = await time.run(Promise.allSettled([fanOut(world, batch, began + PATIENCE)]));
    if (done.status === 'rejected') throw done.reason;
    return { ...done.value, took: time.elapsed() - began };
  };
  return { fan, closed };
};

it.each([
  [1, 0],
  [3, 0],
  [12, 0],
  [12, 5],
  [3, 20],
  [3, 2_000],
  [300, 0],
  [300, 300],
])(
  '[E-7] %d listeners who take nothing are closed after their patience, beside %d who take all',
  async (silent, healthy) => {
    const { fan, closed } = await fanning({ silent, healthy });
    const report = await fan();
    expect(report).toMatchObject({ stuck: silent, taken: healthy });
    expect(report.took).toBeLessThan(20_000);
    expect(closed).toHaveLength(silent);
    expect(closed.every((id) => id.includes('silent'))).toBe(true);
    // The shard goes on, with those who are left, and as fast as ever.
    const next = await fan();
    expect(next).toMatchObject({ stuck: 0, taken: healthy });
    expect(next.took).toBeLessThan(2_000);
  },
);

it('[E-7] closes nobody where the quota is used up by all, though many wait for longer than a client may', async () => {
  const { fan, closed } = await fanning({ healthy: 1_000, silent: 0, quota: 40 });
  expect(await fan()).toMatchObject({ stuck: 0, taken: 1_000 });
  expect(closed).toEqual([]);
});

it('closes nobody where the quota lets nothing through, and gives the batch back', async () => {
  const { fan, closed } = await fanning({ healthy: 300, silent: 3, quota: 0 });
  await expect(fan()).rejects.toThrow(DependencyAway);
  expect(closed).toEqual([]);
});

it('closes those alone who take nothing, where the quota is used up as well', async () => {
  const { fan, closed } = await fanning({ healthy: 2_000, silent: 3, quota: 200 });
  expect(await fan()).toMatchObject({ stuck: 3, taken: 2_000 });
  expect(closed.sort()).toEqual(['a-silent-0', 'a-silent-2', 'z-silent-1']);
});

it.each([
  [1, 0],
  [1, 20],
  [12, 20],
])(
  '[E-7] %d listeners who take a frame every three seconds have one patience for all of a batch, beside %d who take all',
  async (slow, healthy) => {
    const { fan, closed } = await fanning({ slow, healthy, silent: 0 });
    const report = await fan(100);
    expect(report.stuck).toBe(slow);
    expect(report.taken).toBeGreaterThanOrEqual(100 * healthy);
    expect(report.took).toBeLessThan(20_000);
    expect(closed).toHaveLength(slow);
    expect((await fan(100)).took).toBeLessThan(5_000);
  },
);

it.each([
  [17, 20],
  [40, 20],
  [40, 3_000],
])(
  '%d listeners who take what comes at the third try are not taken for the quota, beside %d others',
  async (fickle, healthy) => {
    const { fan, closed } = await fanning({ fickle, healthy, silent: 0 });
    for (let batch = 0; batch < 12; batch++) {
      const report = await fan();
      expect(report).toMatchObject({ stuck: 0, taken: healthy + fickle });
      expect(report.took).toBeLessThan(1_000);
    }
    expect(closed).toEqual([]);
  },
);

it('has patience anew with each batch', async () => {
  const { fan, closed } = await fanning({ slow: 3, healthy: 0, silent: 0 });
  for (let batch = 0; batch < 5; batch++) expect(await fan()).toMatchObject({ stuck: 0, taken: 3 });
  expect(closed).toEqual([]);
});

it('tells a dozen who take nothing from thousands whom the quota makes wait', async () => {
  const { fan, closed } = await fanning({ healthy: 4_000, silent: 12, quota: 300 });
  expect(await fan()).toMatchObject({ stuck: 12, taken: 4_000 });
  expect(closed.every((id) => id.includes('silent'))).toBe(true);
});
