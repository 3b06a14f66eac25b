import { expect, it } from 'vitest';
import { frames } from '../../fuzz/frames.ts';
import { fuzzHandler } from '../../fuzz/handler.ts';

import { receivingWorld } from './worlds.ts';

it('[F-1] [F-3] answers a few thousand frames, whatever they hold; npm run fuzz tries more', async () => {
  const failures: unknown[] = [];
  const world = receivingWorld({
    compression: { enabled: true, threshold: 1_024 },
    authenticator: { identify: async () => 'forged' },
    limits: { messageSize: 2 ** 20, subscriptions: 100, patterns: 1_000 },
    onFailure: (error) => failures.push(error),
  });
  const { faults, refused, ...counts } = await fuzzHandler(world, frames(2_000, 7, false));
  expect(faults).toEqual([]);
  expect(failures).toEqual([]);
  expect(counts.frames).toBe(2_000);
  expect(refused).toBeGreaterThan(500);
  expect(refused).toBeLessThan(2_000);
});
