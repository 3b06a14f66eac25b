import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { METRICS } from '../../lib/telemetry/metrics/table.ts';
import { ownBroker } from '../own-broker.ts';
import { Client } from './client.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';
import { Relay } from './relay.ts';

/** Queues of this test alone: what others left in theirs would be counted. */
const GENERATION = 904;

let redis: Relay;
let rabbitmq: Relay;
let emulator: RunningEmulator;

beforeAll(async () => {
  [redis, rabbitmq] = await Promise.all([Relay.before(inject('redisUrl')), Relay.before(ownBroker())]);
  emulator = await startEmulator({
    redisUrl: redis.url,
    rabbitmqUrl: rabbitmq.url,
    env: {
      REDIS_KEY_PREFIX: `monitor-${randomUUID()}:`,
      RABBITMQ_GENERATION: String(GENERATION),
      LOG_LEVEL: 'debug',
    },
  });
});

afterAll(async () => {
  await emulator?.stop();
  await Promise.all([redis?.stop(), rabbitmq?.stop()]);
});

interface Health {
  readonly status: string;
  readonly timestamp: string;
  readonly uptime: number;
  readonly checks: Readonly<Record<string, boolean | 'unknown'>>;
  readonly reasons: Readonly<Record<string, string>>;
}

const get = (path: string) => fetch(`${emulator.httpUrl}${path}`);
const health = async (): Promise<Health & { code: number }> => {
  const response = await get('/health');
  return { ...((await response.json()) as Health), code: response.status };
};

const metric = async (name: string): Promise<number> => {
  const text = await (await get('/metrics')).text();
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
};

/** What is counted is there once whoever counted it has written it. */
const expectMetric = (name: string, value: number) => expect.poll(() => metric(name)).toBe(value);

describe('GET /health', () => {
  afterEach(async () => {
    await Promise.all([redis.resume(), rabbitmq.resume()]);
    await expect.poll(async () => (await health()).status, { timeout: 60_000, interval: 200 }).toBe('healthy');
  });

  it('[O-14] lives, whatever it depends on does', async () => {
    await Promise.all([redis.hang(), rabbitmq.stop()]);
    const live = await get('/live');
    expect([live.status, await live.json()]).toEqual([200, { status: 'live' }]);
  });

  it('[O-6] looks at five things, all of which work', async () => {
    // On a busy machine the event loop may be at its end just now.
    await expect.poll(async () => (await health()).status).toBe('healthy');
    const state = await health();
    expect(state).toMatchObject({ code: 200, checks: { websocket: true, redis: true, rabbitmq: true } });
    expect(Object.keys(state.checks).sort()).toEqual([
      'bindings',
      'eventLoop',
      'memory',
      'rabbitmq',
      'redis',
      'websocket',
    ]);
    expect(new Date(state.timestamp).toISOString()).toBe(state.timestamp);
    expect(state.uptime).toBeGreaterThan(0);
    expect(state.reasons).toEqual({});
    // What was found holds for ten seconds, for everyone.
    const stamps = await Promise.all(Array.from({ length: 20 }, async () => (await health()).timestamp));
    expect(new Set(stamps).size).toBeLessThan(3);
  });

  // The first answer after the fault says it: there is nothing to wait for. On a busy machine the rest may be late itself.
  it.each([
    ['redis', 'stopped', () => redis.stop()],
    ['redis', 'hanging', () => redis.hang()],
    ['rabbitmq', 'stopped', () => rabbitmq.stop()],
  ])('[O-6] [O-7] with %s %s says so at once, and recovers by itself', async (name, _, fault) => {
    await fault();
    expect(await health()).toMatchObject({ code: 503, status: 'unhealthy', checks: { [name]: false } });
    await expect.poll(health).toMatchObject({ code: 503, checks: { [name]: false, websocket: true } });
  });

  it('[O-6] [O-7] with RabbitMQ hanging says so with the next probe, and recovers by itself', async () => {
    await rabbitmq.hang();
    const name = 'rabbitmq';
    await expect.poll(async () => (await health()).code, { timeout: 20_000, interval: 200 }).toBe(503);
    await expect.poll(health).toMatchObject({ code: 503, checks: { [name]: false, websocket: true } });
  });
});

describe('GET /metrics', () => {
  it('[O-1] [O-2] counts what clients do', async () => {
    const [alice, bob] = await Promise.all(['alice', 'bob'].map((user) => Client.connect(emulator.websocketUrl, user)));
    if (!alice || !bob) throw new Error('not connected');
    await alice.request({ type: 'subscribe', channels: ['counted'] });
    for (let n = 0; n < 10; n++) await bob.request({ type: 'broadcast', channel: 'counted', id: `${n}`, data: n });
    await bob.request({ type: 'broadcast', channel: 'counted', id: '9', data: 'again' });
    await bob.request({ type: 'broadcast', channel: 'no spaces', data: 'refused' });
    await alice.request({ type: 'replay', since: 0 });
    await alice.events(10);

    await expectMetric('realtime_sync_events_delivered_total', 10);
    await expectMetric('realtime_sync_events_accepted_total', 11);
    await expectMetric('realtime_sync_connections', 2);
    await expectMetric('realtime_sync_events_appended_total', 10);
    await expectMetric('realtime_sync_events_duplicate_total', 1);
    await expectMetric('realtime_sync_events_latency_seconds_count', 11);
    await expectMetric('realtime_sync_messages_received_total{type="broadcast"}', 12);
    await expectMetric('realtime_sync_messages_refused_total{code="INVALID_CHANNEL"}', 1);
    await expectMetric('realtime_sync_replay_requests_total{outcome="partial"}', 1);
    await expectMetric(`realtime_sync_rabbitmq_queue_consumers{queue="events-${GENERATION}.0"}`, 1);
    await expectMetric('realtime_sync_health{check="redis"}', 1);

    await Promise.all([alice.close(), bob.close()]);
    await expectMetric('realtime_sync_connections_closed_total', 2);
    await expectMetric('realtime_sync_connections', 0);
  });

  it('[O-3] gives JSON where it is asked to, and refuses what it does not know', async () => {
    const json = (await (await get('/metrics?format=json')).json()) as Record<string, unknown>;
    expect(Object.keys(json)).toEqual(Object.keys(METRICS));
    const other = await get('/metrics?format=xml');
    expect([other.status, await other.json()]).toEqual([
      400,
      { error: { code: 'INVALID_MESSAGE', message: expect.stringContaining('format') } },
    ]);
  });
});

it('[O-8] GET /status says what runs and how it is', async () => {
  expect(await (await get('/status')).json()).toMatchObject({
    service: 'realtime-sync',
    stage: 'local',
    status: 'healthy',
    settings: { shards: 4 },
    events: { accepted: expect.any(Number), appended: expect.any(Number) },
    queues: expect.arrayContaining([{ queue: 'events.parked', depth: expect.any(Number), consumers: 0 }]),
  });
});

it('[O-9] GET /connections shows who is connected, in pages', async () => {
  const users = ['alice', 'bob', 'carol'];
  const clients: Client[] = [];
  for (const user of users) clients.push(await Client.connect(emulator.websocketUrl, user));
  await clients[1]?.request({ type: 'subscribe', channels: ['b'], patterns: ['a:*'] });
  const page = async (query: string) =>
    (await get(`/connections?${query}`)).json() as Promise<{
      connections: Record<string, unknown>[];
      next: string | null;
    }>;
  const first = await page('limit=2');
  expect(first.connections).toMatchObject([
    { user: 'alice', subscriptionCount: 0, subscriptions: [], capabilities: [] },
    { user: 'bob', subscriptionCount: 2, subscriptions: ['a:*', 'b'], openedAt: expect.any(Number) },
  ]);
  const second = await page(`limit=2&cursor=${first.next}`);
  expect(second).toMatchObject({ connections: [{ user: 'carol' }], next: null });
  for (const query of ['limit=0', 'limit=1001', 'limit=x', 'cursor=nonsense']) {
    expect((await get(`/connections?${query}`)).status).toBe(400);
  }
  await Promise.all(clients.map((client) => client.close()));
});

it('[O-10] one id leads from a frame to its delivery in the log', async () => {
  const bob = await Client.connect(emulator.websocketUrl, 'bob');
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  await bob.request({ type: 'broadcast', channel: 'traced', data: 'x', traceparent });
  const records = () =>
    emulator
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const answered = () =>
    records().find(({ message, type }) => message === 'A message was answered' && type === 'broadcast');
  await expect.poll(answered).toBeDefined();
  const id = answered()?.['correlation_id'];
  expect(id).toEqual(expect.any(String));
  const delivered = () => records().filter(({ message }) => message === 'A batch was fanned out');
  await expect.poll(() => delivered().flatMap(({ correlation_ids }) => correlation_ids as string[])).toContain(id);
  await expect.poll(() => delivered().flatMap(({ traceparents }) => traceparents)).toEqual([traceparent]);
  await bob.close();
});
