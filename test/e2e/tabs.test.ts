import { randomUUID } from 'node:crypto';
import { stop } from 'esbuild';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { ownBroker } from '../own-broker.ts';
import { playTabs } from '../tabs/play.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

/** `npm run test:tabs` plays many more. */
const PLAN = { tabs: 6, killed: 2, frozen: 2 };

let emulator: RunningEmulator;

beforeAll(async () => {
  emulator = await startEmulator({
    redisUrl: inject('redisUrl'),
    rabbitmqUrl: ownBroker(),
    env: { REDIS_KEY_PREFIX: `tabs-${randomUUID()}:` },
  });
});
afterAll(async () => {
  // Its process would have the worker's output in hand, and the run wait for that.
  await stop();
  await emulator?.stop();
});

it('tabs of Chromium share one connection, and each hears everything once, though the one that leads is killed or frozen', async () => {
  const { acked, heard, ...played } = await playTabs(emulator, PLAN);
  console.log(`${PLAN.tabs} tabs of Chromium: ${acked} acked, ${heard} heard`);
  const replaced = PLAN.killed + PLAN.frozen;
  expect(played).toEqual({ connections: [1, 1], replaced, appended: acked, lost: 0, doubled: 0, gaps: 0 });
  expect(heard).toBeGreaterThan(acked);
});
