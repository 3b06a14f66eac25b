import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { connect } from '../../client/src/index.ts';
import { portOf, TcpProxy } from '../faults/tcp-proxy.ts';
import { ownBroker } from '../own-broker.ts';
import { PASSING } from '../soak/inventory.ts';
import { Client } from './client.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

const RESTARTING = 1012;

const prefix = `drain-${randomUUID()}:`;
const temporary = mkdtempSync(join(tmpdir(), 'realtime-sync-drain-'));
let redisProxy: TcpProxy;
let gatewayProxy: TcpProxy;
let emulator: RunningEmulator;

/** Starts the service, with servers it shares and a Redis that can be slowed down, where clients find it. */
const start = async (): Promise<void> => {
  const redisUrl = new URL(inject('redisUrl'));
  redisUrl.port = String(redisProxy.port);
  emulator = await startEmulator({
    redisUrl: redisUrl.href,
    rabbitmqUrl: ownBroker(),
    // Nothing is compiled yet, as on a machine where the service starts for the first time.
    env: { REDIS_KEY_PREFIX: prefix, TMPDIR: mkdtempSync(join(temporary, 'start-')) },
  });
  gatewayProxy.aim(portOf(emulator.websocketUrl));
};

beforeAll(async () => {
  redisProxy = await TcpProxy.start(portOf(inject('redisUrl')));
  gatewayProxy = await TcpProxy.start(0);
  await start();
});

afterAll(async () => {
  await emulator?.stop();
  await gatewayProxy?.stop();
  await redisProxy?.stop();
  rmSync(temporary, { recursive: true, force: true });
});

it('[P-3] a service that goes down takes nobody in, tells clients when to come back, answers what it has taken, and leaves nothing', async () => {
  const { websocketUrl } = emulator;
  const [alice, bob] = await Promise.all(['alice', 'bob'].map((user) => Client.connect(websocketUrl, user)));
  if (!alice || !bob) throw new Error('not connected');
  await alice.request({ type: 'subscribe', channels: ['drained'], patterns: ['drained:*'] });
  const closed = Promise.all([alice, bob].map(({ socket }) => once(socket, 'close')));

  // Several steps, each of which takes long: it is still in hand when the ping behind it has been answered.
  redisProxy.slow(250);
  bob.send({ type: 'subscribe', requestId: 'in hand', channels: ['drained'], options: { replayEvents: true } });
  await bob.request({ type: 'ping' });
  const stopped = emulator.stop();
  for (const client of [alice, bob]) {
    const { after } = await client.find(({ type }) => type === 'reconnect');
    expect(after).toBeGreaterThanOrEqual(0);
    expect(after).toBeLessThan(1_000);
  }
  await expect(Client.connect(websocketUrl, 'carol')).rejects.toThrow('503');
  expect(await bob.find(({ requestId }) => requestId === 'in hand')).toMatchObject({ type: 'subscribed' });
  await bob.find(({ type, final }) => type === 'replay' && final === true);
  for (const [code] of await closed) expect(code).toBe(RESTARTING);
  redisProxy.resume();
  await stopped;

  const redis = new Redis(inject('redisUrl'));
  const left = await Promise.all(['c:*', 'a:*'].map((keys) => redis.keys(`${prefix}${keys}`)));
  redis.disconnect();
  const lasting = left.flat().filter((key) => !PASSING.test(key));
  expect(lasting, emulator.output().slice(-2_000)).toEqual([]);
});

it('[P-3] [P-4] through the library a restart of the service is heard by nobody', async () => {
  await start();
  const url = `ws://127.0.0.1:${gatewayProxy.port}`;
  const backoff = { first: 100, most: 1_000 };
  const listener = connect({ url, user: 'alice', backoff });
  const publisher = connect({ url, user: 'bob', backoff });
  const heard: unknown[] = [];
  const gaps: unknown[] = [];
  listener.on('gap', (gap) => void gaps.push(gap));
  await listener.subscribe('restarted', ({ data }) => void heard.push(data)).ready;

  let isUp = false;
  const acked: number[] = [];
  const publishing = (async () => {
    for (let n = 0; !isUp || n < 50; n++) {
      await publisher.broadcast('restarted', n);
      acked.push(n);
    }
  })();
  await expect.poll(() => acked.length).toBeGreaterThan(10);
  await emulator.stop();
  await start();
  isUp = true;
  await publishing;
  await expect.poll(() => heard.length, { timeout: 30_000 }).toBe(acked.length);
  expect(heard).toEqual(acked);
  expect(gaps).toEqual([]);
  await Promise.all([listener.close(), publisher.close()]);
});
