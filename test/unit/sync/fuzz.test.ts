import { expect, it } from 'vitest';
import { frames } from '../../fuzz/frames.ts';
import { fuzzHandler } from '../../fuzz/handler.ts';
import {
  ManualClock,
  MemoryAssembly,
  MemoryBus,
  MemoryCursors,
  MemoryGateway,
  MemoryHistory,
  MemoryLimiter,
  MemoryMeter,
  MemorySubscriptions,
} from './world.ts';

it('[F-1] [F-3] answers a few thousand frames, whatever they hold; npm run fuzz tries more', async () => {
  const subscriptions = new MemorySubscriptions();
  const failures: unknown[] = [];
  const world = {
    subscriptions,
    connections: subscriptions,
    sessions: subscriptions,
    limiter: new MemoryLimiter(),
    assembly: new MemoryAssembly(),
    compression: { enabled: true, threshold: 1_024 },
    gateway: new MemoryGateway(),
    bus: new MemoryBus(),
    authenticator: { identify: async () => undefined },
    history: new MemoryHistory(),
    clock: new ManualClock(),
    cursors: new MemoryCursors(),
    limits: { messageSize: 2 ** 20, subscriptions: 100 },
    replay: { enabled: true, retention: 60_000, batchSize: 100, maxEvents: 1_000 },
    meter: new MemoryMeter(),
    onAnswered: () => undefined,
    onFailure: (error: unknown) => failures.push(error),
  };
  const { faults, refused, ...counts } = await fuzzHandler(world, frames(2_000, 7, false));
  expect(faults).toEqual([]);
  expect(failures).toEqual([]);
  expect(counts.frames).toBe(2_000);
  expect(refused).toBeGreaterThan(500);
  expect(refused).toBeLessThan(2_000);
});
