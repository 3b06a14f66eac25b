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
  /** Requests a second for the whole account. */
  readonly quota?: number;
}

/** Fans events out to such listeners, in virtual time. */
const fanning = async ({ healthy, silent, quota = 10_000 }: Listening) => {
  const time = new VirtualClock(STEP);
  const bucket = new TokenBucket(quota, quota / 2, time.elapsed());
  const answer = async (takes: boolean): Promise<number> => {
    await time.sleep(LATENCY);
    return bucket.take(time.elapsed()) && takes ? 200 : 429;
  };
  const transport: Transport = {
    post: (_, path) => answer(!path.includes('silent')),
    get: () => answer(true),
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
  ];
  for (const id of ids) await world.subscriptions.add(connection(id), [{ text: 'x', found: 'by-name' }], 10);
  let published = 0;
  /** One event. @returns the report, and the milliseconds it took. */
  const fan = async (): Promise<FanOutReport & { took: number }> => {
    const began = time.elapsed();
    // Settled within the run, which goes on for a while after a failure.
    const [done] = await time.run(
      Promise.allSettled([fanOut(world, incoming(event('x', `${published++}`)), began + PATIENCE)]),
    );
    if (done.status === 'rejected') throw done.reason;
    return { ...done.value, took: time.elapsed() - began };
  };
  return { fan, closed };
};

it.each([
  [3, 0],
  [3, 20],
  [3, 2_000],
  [300, 0],
  [300, 300],
])('%d listeners who take nothing are closed after their patience, beside %d who take all', async (silent, healthy) => {
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
});

it('closes nobody where the quota is used up by all, though many wait for longer than a client may', async () => {
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
