import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { RedisBell } from '../../lib/redis/bell.ts';
import { connectRedis } from '../../lib/redis/client.ts';
import { keysUnder } from '../../lib/redis/keys.ts';
import { ownBroker } from '../own-broker.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: Record<string, unknown>;
}

interface Event {
  readonly channel: string;
  readonly offset: number;
  readonly data: unknown;
}

describe('back-ends that follow channels over HTTP', () => {
  const prefix = `consumers-${randomUUID()}:`;
  let emulator: RunningEmulator;

  const start = () =>
    startEmulator({
      redisUrl: inject('redisUrl'),
      rabbitmqUrl: ownBroker(),
      env: { REDIS_KEY_PREFIX: prefix, EVENT_REPLAY_MAX_EVENTS: '5' },
    });

  const ask = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(`${emulator.httpUrl}${path}?user=billing`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      body: text === '' ? {} : JSON.parse(text),
    };
  };

  const publish = async (channel: string, ...data: readonly unknown[]): Promise<void> => {
    const events = data.map((each) => ({ channel, data: each, id: randomUUID() }));
    expect((await ask('POST', '/events', { events })).status).toBe(200);
  };

  /** A worker with the consumer in hand. */
  const pull = async (name: string, asked: object = {}) => {
    const { status, body } = await ask('POST', `/consumers/${name}/pull`, asked);
    expect([status, body]).toEqual([200, expect.anything()]);
    return body as { fence: number | null; events: readonly Event[]; gaps: readonly object[] };
  };

  const ack = (name: string, fence: number | null) => ask('POST', `/consumers/${name}/ack`, { fence });

  /** Pulls and acknowledges until so many events came. */
  const drain = async (name: string, count: number): Promise<readonly unknown[]> => {
    const data: unknown[] = [];
    while (data.length < count) {
      const { fence, events } = await pull(name);
      data.push(...events.map((event) => event.data));
      if (fence !== null) expect((await ack(name, fence)).status).toBe(200);
    }
    return data;
  };

  beforeAll(async () => {
    emulator = await start();
  });
  afterAll(() => emulator.stop());

  it('[Q-1] [Q-8] makes a consumer, wakes it when something is appended, and hands that out', async () => {
    const asked = { patterns: ['order:*:paid', '/bill[.]\\d+/'] };
    for (let times = 0; times < 2; times++) {
      const { status, body } = await ask('PUT', '/consumers/first', asked);
      expect([status, body]).toEqual([200, expect.objectContaining({ name: 'first', ...asked, leasedUntil: null })]);
    }
    const waiting = pull('first');
    await publish('order:1:sent', 0);
    await publish('order:1:paid', { euros: 7 });
    const { fence, events, gaps } = await waiting;
    expect(events).toEqual([
      expect.objectContaining({ type: 'event', channel: 'order:1:paid', offset: 1, data: { euros: 7 } }),
    ]);
    expect(gaps).toEqual([]);
    expect((await ack('first', fence)).status).toBe(200);
    await publish('bill.42', 1);
    expect(await drain('first', 1)).toEqual([1]);
    await expect
      .poll(async () => (await fetch(`${emulator.httpUrl}/metrics`)).text())
      .toMatch(/consumer_events\S* [1-9]\d*\n/);
    expect((await ask('GET', '/consumers')).body).toMatchObject({ consumers: [{ name: 'first' }] });
    expect((await ask('DELETE', '/consumers/first')).status).toBe(204);
    expect((await ask('GET', '/consumers/first')).status).toBe(404);
  });

  it('[Q-8] rings for channels that were appended to, and not for private events', async () => {
    const redis = connectRedis({ url: inject('redisUrl'), cluster: false }, () => undefined);
    onTestFinished(() => redis.disconnect());
    const heard: string[] = [];
    const end = await new RedisBell(redis, keysUnder(prefix)).listen((channels = []) => heard.push(...channels));
    onTestFinished(end);
    const event = { channel: 'ring:privately', data: 1, targetUsers: ['bob'] };
    expect((await ask('POST', '/events', { events: [event] })).status).toBe(200);
    await publish('ring:openly', 1);
    await expect.poll(() => heard).toContain('ring:openly');
    expect(heard).not.toContain('ring:privately');
  });

  it('[Q-4] [Q-5] [Q-6] gives what a killed worker held to another, and refuses what the first acknowledges', async () => {
    await ask('PUT', '/consumers/two', { patterns: ['job:**'], since: 'earliest' });
    await publish('job:a', 1, 2, 3);
    await expect.poll(async () => (await ask('GET', '/consumers/two')).body['lag']).toMatchObject({ events: 3 });
    const killed = await pull('two', { lease: 2_000 });
    expect(killed.events.map(({ data }) => data)).toEqual([1, 2, 3]);
    const early = await ask('POST', '/consumers/two/pull', {});
    expect([early.status, early.body['error']]).toEqual([409, expect.objectContaining({ code: 'LEASED' })]);
    await new Promise((resolve) => setTimeout(resolve, Number(early.retryAfter) * 1_000));
    const other = await pull('two');
    expect(other.events).toEqual(killed.events);
    const late = await ack('two', killed.fence);
    expect([late.status, late.body['error']]).toEqual([409, expect.objectContaining({ code: 'LEASE_LOST' })]);
    for (let times = 0; times < 2; times++) expect((await ack('two', other.fence)).status).toBe(200);
    expect((await pull('two', { wait: 0 })).events).toEqual([]);
  });

  it('[Q-4] [Q-7] goes on over a restart of the service, and declares what was cut meanwhile', async () => {
    await ask('PUT', '/consumers/three', { patterns: ['step:*'], since: 'earliest' });
    await publish('step:1', 1, 2);
    const held = await pull('three', { lease: 600_000, limit: 1 });
    expect(held.events.map(({ offset }) => offset)).toEqual([1]);
    expect((await ack('three', held.fence)).status).toBe(200);
    const next = await pull('three', { lease: 600_000 });
    expect(next.events.map(({ offset }) => offset)).toEqual([2]);
    await publish('step:1', 3, 4, 5, 6, 7, 8, 9);
    await expect.poll(async () => (await ask('GET', '/consumers/three')).body['lag']).toMatchObject({ events: 5 });
    await emulator.stop();
    expect(emulator.output()).not.toContain('take too long');
    emulator = await start();
    // The worker was not restarted, and has done its work.
    expect((await ack('three', next.fence)).status).toBe(200);
    const rest = await pull('three');
    expect(rest.gaps).toEqual([{ channel: 'step:1', epoch: expect.any(String), from: 3, to: 4 }]);
    expect(rest.events.map(({ offset }) => offset)).toEqual([5, 6, 7, 8, 9]);
  });

  it('[Q-10] shows a place that another goes on from', async () => {
    await publish('place:a', 1, 2, 3);
    await ask('PUT', '/consumers/from', { patterns: ['place:*'], since: 'earliest' });
    await expect.poll(async () => (await ask('GET', '/consumers/from')).body['lag']).toMatchObject({ events: 3 });
    const some = await pull('from', { limit: 2 });
    await ack('from', some.fence);
    const { since, positions, lag } = (await ask('GET', '/consumers/from')).body;
    expect([positions, lag]).toEqual([
      { 'place:a': { offset: 2, epoch: expect.any(String) } },
      { events: 1, milliseconds: expect.any(Number), complete: true },
    ]);
    await ask('PUT', '/consumers/to', { patterns: ['place:*'], since, positions });
    expect(await drain('to', 1)).toEqual([3]);
    const moved = await ask('PUT', '/consumers/to/positions', { since: 'earliest' });
    expect(moved.status).toBe(200);
    expect(await drain('to', 3)).toEqual([1, 2, 3]);
  });

  it('[Q-1] [Q-2] [Q-3] refuses what is malformed, and says what was expected', async () => {
    const refused = async (method: string, path: string, body?: unknown) => {
      const { status, body: said } = await ask(method, path, body);
      return [status, (said['error'] as { code: string } | undefined)?.code];
    };
    expect(await refused('PUT', '/consumers/-x', { patterns: ['a'] })).toEqual([400, 'INVALID_MESSAGE']);
    expect(await refused('PUT', '/consumers/x', {})).toEqual([400, 'INVALID_MESSAGE']);
    expect(await refused('PUT', '/consumers/x', { patterns: ['a:'] })).toEqual([400, 'INVALID_PATTERN']);
    expect(await refused('PUT', '/consumers/x', { patterns: ['a'], since: 'then' })).toEqual([400, 'INVALID_MESSAGE']);
    expect(await refused('POST', '/consumers/none/pull')).toEqual([404, 'NOT_FOUND']);
    expect(await refused('POST', '/consumers/none/pull', { wait: 20_001 })).toEqual([400, 'INVALID_MESSAGE']);
    expect(await refused('POST', '/consumers/none/ack', { fence: 1 })).toEqual([404, 'NOT_FOUND']);
  });
});
