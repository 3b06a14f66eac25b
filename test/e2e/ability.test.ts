import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Servers, startServers } from '../../localstack/servers/start.ts';
import { Client } from './client.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

const ROOT = path.join(import.meta.dirname, '../..');
/** Milliseconds until a probe has seen it. */
const SEEN = { timeout: 30_000, interval: 250 };

interface Health {
  readonly status: string;
  readonly reasons: Readonly<Record<string, string>>;
}

/** Servers of its own: what they are told here nobody else could bear. */
describe('GET /health, where Redis and RabbitMQ answer and do not do what they are there for', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'realtime-sync-ability-'));
  let servers: Servers;
  let emulator: RunningEmulator;
  let redis: Redis;

  beforeAll(async () => {
    servers = await startServers({
      root: ROOT,
      directory,
      environment: {},
      disposable: 'ability',
      report: () => undefined,
    });
    redis = new Redis(servers.redisUrl);
    emulator = await startEmulator({
      redisUrl: servers.redisUrl,
      rabbitmqUrl: servers.rabbitmqUrl,
      env: { REDIS_KEY_PREFIX: `ability-${randomUUID()}:` },
    });
  });

  afterAll(async () => {
    redis?.disconnect();
    await emulator?.stop();
    await servers?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const health = async (): Promise<Health & { code: number }> => {
    const response = await fetch(`${emulator.httpUrl}/health`);
    return { ...((await response.json()) as Health), code: response.status };
  };

  const control = async (...args: string[]): Promise<void> => {
    const { rabbitmq } = servers;
    if (!('control' in rabbitmq)) return expect.unreachable('the broker is not ours');
    await (rabbitmq.control as (...args: string[]) => Promise<string>)(...args);
  };

  const set = async (name: string, value: string): Promise<void> => void (await redis.config('SET', name, value));

  const FAULTS: readonly {
    readonly name: string;
    readonly fault: () => Promise<void>;
    readonly mend: () => Promise<void>;
    readonly check: string;
    readonly reason: RegExp;
  }[] = [
    {
      name: 'RabbitMQ’s memory alarm',
      fault: () => control('set_vm_memory_high_watermark', 'absolute', '1MB'),
      mend: () => control('set_vm_memory_high_watermark', '0.4'),
      check: 'rabbitmq',
      reason: /^RabbitMQ takes no messages, since it is low on memory$/,
    },
    {
      name: 'RabbitMQ’s disk alarm',
      fault: () => control('set_disk_free_limit', '100000GB'),
      mend: () => control('set_disk_free_limit', '50MB'),
      check: 'rabbitmq',
      reason: /^RabbitMQ takes no messages, since it is low on disk/,
    },
    {
      name: 'Redis out of memory',
      fault: () => set('maxmemory', '1mb'),
      mend: () => set('maxmemory', '0'),
      check: 'redis',
      reason: /^Redis is out of memory, and takes no writes$/,
    },
    {
      name: 'Redis without enough replicas',
      fault: () => set('min-replicas-to-write', '1'),
      mend: () => set('min-replicas-to-write', '0'),
      check: 'redis',
      reason: /^Redis has too few replicas, and takes no writes$/,
    },
    {
      name: 'Redis read-only',
      fault: async () => void (await redis.replicaof('127.0.0.1', 1)),
      mend: async () => void (await redis.replicaof('NO', 'ONE')),
      check: 'redis',
      reason: /^Redis is (read-only: it is a replica|a replica that has lost its primary)$/,
    },
  ];

  /** What there is to see while something is wrong; it is mended afterwards, alone: each command to the broker takes seconds. */
  const during = async (
    { fault, mend }: { readonly fault: () => Promise<void>; readonly mend: () => Promise<void> },
    look: () => Promise<void>,
  ): Promise<void> => {
    try {
      await fault();
      await look();
    } finally {
      await mend();
    }
    await expect.poll(async () => (await health()).status, SEEN).toBe('healthy');
  };

  it.each(FAULTS)('[O-6] $name: it is unhealthy, with status 503 and the reason', ({ check, reason, ...fault }) =>
    during(fault, async () => {
      await expect.poll(async () => (await health()).code, SEEN).toBe(503);
      expect(await health()).toMatchObject({
        status: 'unhealthy',
        reasons: { [check]: expect.stringMatching(reason) },
      });
    }),
  );

  it('[O-6] a Redis that throws away what it holds: it is degraded, and says by which policy', () => {
    const fault = () => set('maxmemory-policy', 'allkeys-lru');
    const mend = () => set('maxmemory-policy', 'noeviction');
    return during({ fault, mend }, async () => {
      await expect.poll(async () => (await health()).status, SEEN).toBe('degraded');
      expect(await health()).toMatchObject({ code: 200, reasons: { redis: expect.stringContaining('allkeys-lru') } });
    });
  });

  it('[O-6] is healthy while events are heard, and after', async () => {
    const [alice, bob] = await Promise.all(['alice', 'bob'].map((user) => Client.connect(emulator.websocketUrl, user)));
    await alice?.request({ type: 'subscribe', channels: ['heard'] });
    for (let n = 0; n < 20; n++) await bob?.request({ type: 'broadcast', channel: 'heard', id: `${n}`, data: n });
    await alice?.events(20);
    expect(await health()).toMatchObject({ code: 200, reasons: {} });
    await Promise.all([alice?.close(), bob?.close()]);
  });
});
