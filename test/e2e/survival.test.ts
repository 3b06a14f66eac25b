import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Servers, startServers } from '../../localstack/servers/start.ts';
import { Client } from './client.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'realtime-sync-survival-'));
const prefix = `survival-${randomUUID()}:`;
let servers: Servers;
let emulator: RunningEmulator;

beforeAll(async () => {
  servers = await startServers({
    root: path.join(import.meta.dirname, '../..'),
    directory,
    environment: { REDIS_URL: inject('redisUrl') },
    disposable: 'survival',
    report: () => undefined,
  });
  emulator = await startEmulator({
    redisUrl: servers.redisUrl,
    rabbitmqUrl: servers.rabbitmqUrl,
    env: { REDIS_KEY_PREFIX: prefix },
  });
});

afterAll(async () => {
  await emulator?.stop();
  await servers?.stop();
  rmSync(directory, { recursive: true, force: true });
});

it('[A-3] [B-1] [B-5] the broker is restarted under it: no acked event is lost, and the order holds', async () => {
  const { rabbitmq } = servers;
  if (!('restart' in rabbitmq)) return expect.unreachable('the broker is not ours to restart');
  const [alice, bob] = await Promise.all(['alice', 'bob'].map((user) => Client.connect(emulator.websocketUrl, user)));
  if (!alice || !bob) throw new Error('not connected');
  await alice.request({ type: 'subscribe', channels: ['survives'] });

  const acked: number[] = [];
  const refused = new Set<unknown>();
  let restarted = false;
  const publishing = (async () => {
    for (let n = 0; !restarted || n < 100 || acked.at(-1) !== n - 1; n++) {
      const answer = await bob.request({ type: 'broadcast', channel: 'survives', id: `id-${n}`, data: n });
      if (answer.type === 'ack') acked.push(n);
      else {
        refused.add((answer['error'] as { code: string }).code);
        await pause(100);
      }
    }
  })();
  await pause(500);
  await rabbitmq.restart();
  restarted = true;
  await publishing;

  const dataHeard = () => alice.heard.filter(({ type }) => type === 'event').map(({ data }) => data as number);
  await alice.find(() => acked.every((n) => dataHeard().includes(n)), 30_000);
  const once = [...new Set(dataHeard())];
  expect(once).toEqual([...once].sort((a, b) => a - b));
  expect(acked.length).toBeGreaterThan(50);
  // What was not acked was refused as temporary, or not at all where the broker was back in time.
  expect([...refused].filter((code) => code !== 'UNAVAILABLE')).toEqual([]);
  await Promise.all([alice.close(), bob.close()]);
});

it('[F-3] a handler that fails answers so, a fan-out that fails comes back, and both go on once they can', async () => {
  const [alice, bob] = await Promise.all(['alice', 'bob'].map((user) => Client.connect(emulator.websocketUrl, user)));
  if (!alice || !bob) throw new Error('not connected');
  await alice.request({ type: 'subscribe', channels: ['broken'], patterns: ['sound:*'] });
  // A key of the wrong type makes every step on it fail.
  const redis = new Redis(servers.redisUrl);
  const key = `${prefix}h:{broken}:counters`;
  await redis.del(key);
  await redis.set(key, 'not a hash', 'PX', 60_000);

  expect(await bob.request({ type: 'subscribe', channels: ['broken'] })).toMatchObject({
    error: { code: 'UNAVAILABLE' },
  });
  expect(await bob.request({ type: 'broadcast', channel: 'broken', data: 'late' })).toMatchObject({ type: 'ack' });
  for (let n = 0; n < 24; n++) await bob.request({ type: 'broadcast', channel: `sound:${n}`, data: n });
  // The other shards are not held up.
  await alice.find(({ channel }) => String(channel).startsWith('sound:'));
  expect(alice.heard.some(({ channel }) => channel === 'broken')).toBe(false);

  await redis.del(key);
  await alice.find(({ channel, data }) => channel === 'broken' && data === 'late');
  await alice.find(() => alice.heard.filter(({ channel }) => String(channel).startsWith('sound:')).length === 24);
  redis.disconnect();
  await Promise.all([alice.close(), bob.close()]);
});
