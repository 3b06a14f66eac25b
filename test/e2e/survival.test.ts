import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Servers, startServers } from '../../localstack/servers/start.ts';
import { Client, type Message } from './client.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const directory = mkdtempSync(path.join(tmpdir(), 'realtime-sync-survival-'));
const prefix = `survival-${randomUUID()}:`;
let servers: Servers;
let emulator: RunningEmulator;

beforeAll(async () => {
  servers = await startServers({
    root: ROOT,
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

it('[A-3] [B-1] [B-5] the broker is restarted under it: no acked event is lost or doubled, no offset missing', async () => {
  const { rabbitmq } = servers;
  if (!('restart' in rabbitmq)) return expect.unreachable('the broker is not ours to restart');
  const [alice, bob] = await Promise.all(['alice', 'bob'].map((user) => Client.connect(emulator.websocketUrl, user)));
  if (!alice || !bob) throw new Error('not connected');
  await alice.request({ type: 'subscribe', channels: ['survives'] });

  const acked: number[] = [];
  const refused = new Set<unknown>();
  let ackedBefore: number | undefined;
  let restarted = false;
  const publishing = (async () => {
    for (let n = 0; !restarted || acked.length < 60 || acked.at(-1) !== n - 1; n++) {
      const answer = await bob.request({ type: 'broadcast', channel: 'survives', id: `id-${n}`, data: n });
      if (answer.type === 'ack') acked.push(n);
      else {
        ackedBefore ??= acked.length;
        refused.add((answer['error'] as { code: string }).code);
        await pause(100);
      }
    }
  })();
  while (acked.length < 60) await pause(10);
  await rabbitmq.restart();
  restarted = true;
  await publishing;

  const events = () => alice.heard.filter(({ type }) => type === 'event') as (Message & { data: number })[];
  await alice.find(() => acked.every((n) => events().some(({ data }) => data === n)), 30_000);
  // What was posted again after the fault has the offset it had, and no offset is missing.
  const byOffset = new Map(events().map(({ offset, data }) => [offset as number, data]));
  expect([...byOffset.keys()].sort((a, b) => a - b)).toEqual(Array.from(byOffset, (_, i) => i + 1));
  const heard = [...byOffset].sort(([a], [b]) => a - b).map(([, data]) => data);
  expect(new Set(heard).size).toBe(heard.length);
  // Before and after the restart, the publisher's order; what was refused is of unknown outcome and may come late.
  for (const some of [acked.slice(0, ackedBefore), acked.slice(ackedBefore)]) {
    expect(heard.filter((n) => some.includes(n))).toEqual(some);
  }
  // What was not acked was refused as temporary, or not at all where the broker was back in time.
  expect([...refused].filter((code) => code !== 'UNAVAILABLE')).toEqual([]);
  await Promise.all([alice.close(), bob.close()]);
});

it('[A-2] [F-3] what cannot be appended is parked, holds up nothing, and is heard once it is put back', async () => {
  const [alice, bob] = await Promise.all(['alice', 'bob'].map((user) => Client.connect(emulator.websocketUrl, user)));
  if (!alice || !bob) throw new Error('not connected');
  await alice.request({ type: 'subscribe', channels: ['broken'], patterns: ['sound:*'] });
  // A key of the wrong type makes every step on it fail.
  const redis = new Redis(servers.redisUrl);
  const key = `${prefix}h:{broken}:counters`;
  await redis.del(key);
  await redis.set(key, 'not a hash', 'PX', 60_000);

  expect(await bob.request({ type: 'subscribe', channels: ['broken'] })).toMatchObject({ error: { code: 'INTERNAL' } });
  expect(await bob.request({ type: 'broadcast', channel: 'broken', data: 'late' })).toMatchObject({ type: 'ack' });
  for (let n = 0; n < 24; n++) await bob.request({ type: 'broadcast', channel: `sound:${n}`, data: n });
  await alice.find(() => alice.heard.filter(({ channel }) => String(channel).startsWith('sound:')).length === 24);
  expect(alice.heard.some(({ channel }) => channel === 'broken')).toBe(false);

  await redis.del(key);
  redis.disconnect();
  const parked = (...args: string[]) =>
    promisify(execFile)(process.execPath, [path.join(ROOT, 'cli/main.ts'), 'parked', ...args], {
      env: { ...process.env, RABBITMQ_URL: servers.rabbitmqUrl },
    });
  const { stdout: list } = await parked('list');
  expect(list.trim().split('\n')).toHaveLength(1);
  expect(list).toMatch(/events\.\d {2}broken {2}6 B {2}Refused: redis refuses this: .*WRONGTYPE/);
  await parked('requeue', list.slice(0, 12));
  await alice.find(({ channel, data }) => channel === 'broken' && data === 'late');
  expect((await parked('list')).stdout).toBe('Nothing is parked.\n');
  await Promise.all([alice.close(), bob.close()]);
});
