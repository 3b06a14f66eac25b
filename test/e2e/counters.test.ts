import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Metrics } from '../../lib/protocol/http/metrics.ts';
import { type Servers, startServers } from '../../localstack/servers/start.ts';
import { Client } from './client.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

const EVENTS = 50_000;
const PUBLISHERS = 5;
/** Broadcasts of one frame. */
const BATCH = 100;
const PATIENCE = 60_000;

const directory = mkdtempSync(path.join(tmpdir(), 'realtime-sync-counters-'));
let servers: Servers;
let emulator: RunningEmulator;

beforeAll(async () => {
  servers = await startServers({
    root: path.join(import.meta.dirname, '../..'),
    directory,
    environment: { REDIS_URL: inject('redisUrl') },
    disposable: 'counters',
    report: () => undefined,
  });
  emulator = await startEmulator({
    redisUrl: servers.redisUrl,
    rabbitmqUrl: servers.rabbitmqUrl,
    env: { REDIS_KEY_PREFIX: `counters-${randomUUID()}:`, RATE_LIMIT_ENABLED: 'false' },
  });
});

afterAll(async () => {
  await emulator?.stop();
  await servers?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Publishes its share, each event again until it is acked. @returns how many acks it got. */
const publish = async (publisher: number, acked: (count: number) => void): Promise<number> => {
  const client = await Client.connect(emulator.websocketUrl, `publisher-${publisher}`, 'batch');
  let waiting = Array.from({ length: EVENTS / PUBLISHERS }, (_, n) => String(n));
  let acks = 0;
  while (waiting.length > 0) {
    const sent = waiting.slice(0, BATCH);
    client.heard.length = 0;
    client.send({
      type: 'batch',
      messages: sent.map((id) => ({
        type: 'broadcast',
        requestId: id,
        id,
        channel: `counted:${publisher}:${Number(id) % 20}`,
        data: null,
      })),
    });
    const answers = () =>
      client.heard.flatMap((message) =>
        message.type === 'batch' ? (message['messages'] as typeof client.heard) : [message],
      );
    await client.find(
      () => answers().filter(({ requestId }) => requestId !== undefined).length >= sent.length,
      PATIENCE,
    );
    const taken = new Set(answers().flatMap(({ type, requestId }) => (type === 'ack' ? [requestId] : [])));
    acks += taken.size;
    acked(taken.size);
    waiting = waiting.filter((id) => !taken.has(id));
    if (taken.size < sent.length) await pause(100);
  }
  await client.close();
  return acks;
};

it('[O-2] counters agree exactly with 50,000 events, over concurrent functions and a broker that is restarted', async () => {
  const { rabbitmq } = servers;
  if (!('restart' in rabbitmq)) return expect.unreachable('the broker is not ours to restart');
  const listener = await Client.connect(emulator.websocketUrl, 'listener', 'batch');
  await listener.request({ type: 'subscribe', patterns: ['counted:**'] });
  let heard = 0;
  listener.socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as { type: string; messages?: { type: string }[] };
    heard += (message.messages ?? [message]).filter(({ type }) => type === 'event').length;
    listener.heard.length = 0;
  });

  let soFar = 0;
  let restarted: Promise<void> | undefined;
  const acked = (count: number): void => {
    soFar += count;
    if (soFar > EVENTS / 3) restarted ??= rabbitmq.restart();
  };
  const acks = await Promise.all(Array.from({ length: PUBLISHERS }, (_, n) => publish(n, acked)));
  await restarted;
  expect(acks.reduce((sum, each) => sum + each, 0)).toBe(EVENTS);

  const counted = async (name: string): Promise<number> => {
    const response = await fetch(`${emulator.httpUrl}/metrics?format=json`);
    const metrics = (await response.json()) as Metrics;
    const [sample] = metrics[name]?.samples ?? [];
    return sample !== undefined && 'value' in sample ? sample.value : Number.NaN;
  };
  await expect.poll(() => counted('events_appended'), { timeout: PATIENCE }).toBe(EVENTS);
  await expect.poll(() => counted('events_accepted'), { timeout: PATIENCE }).toBe(EVENTS);
  // At least once: what a returned batch had posted already is posted again, and counted again.
  await expect
    .poll(async () => (await counted('events_delivered')) >= EVENTS && heard >= EVENTS, { timeout: PATIENCE })
    .toBe(true);
  await listener.close();
}, 600_000);
