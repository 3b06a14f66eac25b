import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { ownBroker } from '../own-broker.ts';
import { each, join, part, pass, tell } from '../soak/crowd.ts';
import { residueOf, takeInventory } from '../soak/inventory.ts';
import type { Client } from './client.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

const prefix = `residue-${randomUUID()}:`;
let emulator: RunningEmulator;

beforeAll(async () => {
  emulator = await startEmulator({
    redisUrl: inject('redisUrl'),
    rabbitmqUrl: ownBroker(),
    // What is counted against limits is kept for a minute.
    env: { REDIS_KEY_PREFIX: prefix, RATE_LIMIT_ENABLED: 'false' },
  });
});

afterAll(async () => {
  await emulator?.stop();
});

// The full size: npm run test:soak -- --connections
it('[S-8] connections that are held, and others that come and go beside them, leave nothing behind', async () => {
  const { websocketUrl: url } = emulator;
  const inventory = () => takeInventory(inject('redisUrl'), prefix);
  await pass(url, 10, 'first');
  // The registry of patterns is tidied up by the sweeper alone.
  await expect
    .poll(async () => [...(await inventory()).keys()].sort())
    .toEqual(['r:{registry}', 'r:{registry}:by', 'r:{registry}:counts']);
  const before = await inventory();

  const clients: Client[] = [];
  await each(100, async (n) => void clients.push(await join(url, `held-${n}`)));
  expect(residueOf(before, await inventory()).length).toBeGreaterThan(200);
  await pass(url, 200, 'passing');
  expect(await tell(url, clients, 'hello')).toBe(100);
  await each(100, async (n) => part(clients[n] as Client, n));
  await expect.poll(async () => residueOf(before, await inventory())).toEqual([]);
});
