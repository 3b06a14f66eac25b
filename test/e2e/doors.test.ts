import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { SITE_FOLDER } from '../../localstack/site/answer.ts';
import { answerTo, MALFORMED_FRAME, ODD_CLIENTS } from '../odd-clients.ts';
import { ownBroker } from '../own-broker.ts';
import { Client } from './client.ts';
import { Description } from './description.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

/** Without the strict gateway: what the emulator itself opens is asked. It listens as in a container. */
let emulator: RunningEmulator;
let alice: Client;
let connectionId: unknown;

beforeAll(async () => {
  emulator = await startEmulator({
    redisUrl: inject('redisUrl'),
    rabbitmqUrl: ownBroker(),
    strict: false,
    env: { REDIS_KEY_PREFIX: `doors-${randomUUID()}:`, HOST: '0.0.0.0', MAX_CONNECTIONS_PER_USER: '20' },
  });
  alice = await Client.connect(emulator.websocketUrl, 'alice');
  ({ connectionId } = await alice.find(({ type }) => type === 'connection'));
});

afterAll(async () => {
  alice?.socket.close();
  await emulator?.stop();
});

it('connections are posted to and closed by who knows the path of this start alone', async () => {
  const { origin } = new URL(emulator.endpoint);
  const name = encodeURIComponent(String(connectionId));
  const ask = async (method: string, base: string, data: string): Promise<number> => {
    const body = JSON.stringify({ type: 'event', channel: 'news', data });
    return (await fetch(`${base}/${name}`, { method, body })).status;
  };
  expect(await ask('POST', `${origin}/@connections`, 'forged')).toBe(403);
  expect(await ask('DELETE', `${origin}/@connections`, 'forged')).toBe(403);
  expect(await ask('POST', `${origin}/%40connections`, 'forged')).toBe(403);
  expect(await ask('POST', `${origin}/${'x'.repeat(32)}/@connections`, 'forged')).toBe(410);
  expect(await ask('POST', `${emulator.endpoint}/@connections`, 'of the service')).toBe(200);
  await alice.find(({ data }) => data === 'of the service');
  expect(alice.heard.filter(({ data }) => data === 'forged')).toEqual([]);
});

it.each(ODD_CLIENTS)('%s is answered at once', async (_, sent, answer) => {
  expect(await answerTo(Number(new URL(emulator.websocketUrl).port), sent)).toMatch(answer);
});

it('a frame that cannot be read ends its client and is no crash of a function, told seldom', async () => {
  const { port } = new URL(emulator.websocketUrl);
  await Promise.all(Array.from({ length: 5 }, () => answerTo(Number(port), MALFORMED_FRAME)));
  await vi.waitFor(() => expect(emulator.output()).toContain('A client sent what is no frame'), 15_000);
  expect(emulator.output().split('A client sent what is no frame').length).toBeLessThan(6);
  expect(emulator.output()).not.toContain('A function crashed');
});

it('[C-8] a user who has as many connections as it may have is refused one more, until one ends', async () => {
  const carols: Client[] = [];
  for (let i = 0; i < 20; i++) carols.push(await Client.connect(emulator.websocketUrl, 'carol'));
  await expect(Client.connect(emulator.websocketUrl, 'carol')).rejects.toThrow(/429/);
  const dave = await Client.connect(emulator.websocketUrl, 'dave');
  await carols[0]?.close();
  await vi.waitFor(async () => carols.push(await Client.connect(emulator.websocketUrl, 'carol')), 30_000);
  for (const client of [...carols, dave]) client.socket.close();
});

/** The status of an answer to a request with a Host of its own, which `fetch` does not let one say. */
const statusOf = (
  url: string,
  headers: Readonly<Record<string, string>>,
  method = 'GET',
): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('error', reject).end();
  });

const handshake = async (url: string, headers: Readonly<Record<string, string>>): Promise<string> => {
  const socket = new WebSocket(`${url}?user=alice`, { headers });
  const opened = await once(socket, 'open').then(
    () => 'open',
    (error: Error) => error.message,
  );
  socket.close();
  return opened;
};

/** Of a page of another site, of one in a frame without an origin, and of one whose name leads to this machine. */
const FOREIGN = [
  { origin: 'https://evil.example.org' },
  { origin: 'null' },
  { origin: 'http://localhost.evil.example.org' },
  { host: 'evil.example.org:3002' },
  { host: 'evil.example.org:3002', origin: 'http://evil.example.org:3002' },
];

/** Of the console, of an application served beside the service, and of who is no browser. */
const OWN = [{ origin: 'http://localhost:3002' }, { origin: 'http://127.0.0.1:5173' }, { host: 'localhost:3002' }, {}];

it.each(FOREIGN)(
  '[C-7] [H-4] a page of elsewhere neither connects nor asks where everyone is believed: %j',
  async (headers) => {
    for (const path of ['/connections', '/health', '/', '/console/settings.json']) {
      expect([path, await statusOf(`${emulator.httpUrl}${path}`, headers)]).toEqual([path, 403]);
    }
    expect(await statusOf(`${emulator.httpUrl}/users/alice/connections`, headers, 'DELETE')).toBe(403);
    expect(await handshake(emulator.websocketUrl, headers)).toContain('403');
  },
);

it.each(OWN)('[C-7] [H-4] pages of this machine, and whoever is no browser, connect and ask: %j', async (headers) => {
  for (const path of ['/connections', '/health', '/console/settings.json']) {
    expect([path, await statusOf(`${emulator.httpUrl}${path}`, headers)]).toEqual([path, 200]);
  }
  expect(await handshake(emulator.websocketUrl, headers)).toBe('open');
});

it('the documents stand under /docs, or how to build them', async () => {
  const answer = await fetch(`${emulator.httpUrl}/docs`);
  const isBuilt = existsSync(new URL(`../../${SITE_FOLDER}/index.html`, import.meta.url));
  expect(answer.status).toBe(isBuilt ? 200 : 404);
  expect(await answer.text()).toContain(isBuilt ? '<title>realtime-sync' : 'npm run docs:site');
});

it('no page posts to connections or calls functions, whatever path it knows', async () => {
  const headers = { origin: 'http://localhost:3002' };
  const name = encodeURIComponent(String(connectionId));
  const post = await fetch(`${emulator.endpoint}/@connections/${name}`, { method: 'POST', body: '"a page"', headers });
  expect(post.status).toBe(403);
  const called = await invoke(`http://127.0.0.1:${emulator.lambdaPort}${new URL(emulator.endpoint).pathname}`, headers);
  expect(called.status).toBe(403);
  expect(called.headers.get('access-control-allow-origin')).toBeNull();
});

const invoke = (base: string, headers = {}) =>
  fetch(`${base}/2015-03-31/functions/realtime-sync-local-sweep/invocations`, { method: 'POST', body: '{}', headers });

it('functions are called by who knows the path of this start alone', async () => {
  const port = `http://127.0.0.1:${emulator.lambdaPort}`;
  expect((await invoke(port)).status).toBe(404);
  expect((await invoke(`${port}/${'x'.repeat(32)}`)).status).toBe(404);
  expect((await invoke(`${port}${new URL(emulator.endpoint).pathname}`)).status).toBe(200);
});

it('functions are called from this machine alone, wherever the other ports listen', async () => {
  const outside = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  for (const { address } of outside.filter(({ family, internal }) => family === 'IPv4' && !internal)) {
    expect((await fetch(`http://${address}:${new URL(emulator.httpUrl).port}/live`)).status).toBe(200);
    await expect(invoke(`http://${address}:${emulator.lambdaPort}`)).rejects.toThrow();
  }
});

interface Asked {
  readonly path: string;
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const publishing = (...events: readonly unknown[]) => JSON.stringify({ events });
const described = { channel: 'described', data: { n: [1] }, id: 'd-1', priority: 'high' };

/** How each operation is asked, by its name: as it should be, and as it should not. */
const ASKED: Readonly<Record<string, readonly Asked[]>> = {
  publishEvents: [
    { path: '/events?user=alice', body: publishing(described, { channel: 'described', data: 2 }), status: 200 },
    { path: '/events?user=alice', body: publishing(), status: 400 },
    { path: '/events?user=alice', body: '{', status: 400 },
    { path: '/events?user=alice', body: publishing({ channel: 'a::b', data: 1 }), status: 400 },
    {
      path: '/events?user=alice',
      body: publishing(described),
      headers: { 'Idempotency-Key': 'x'.repeat(121) },
      status: 400,
    },
    { path: '/events?user=%00', body: publishing(described), status: 401 },
    { path: '/events?user=alice', body: publishing(described), headers: { origin: 'null' }, status: 403 },
  ],
  fetchEvent: [
    { path: '/events/described/none/1?user=alice', status: 404 },
    { path: '/events/a::b/none/1?user=alice', status: 400 },
  ],
  lookAtSession: [{ path: '/session?user=alice', status: 200 }],
  issueTicket: [{ path: '/tickets?user=alice', status: 201 }],
  revokeSessions: [
    { path: '/users/nobody/connections', status: 200 },
    { path: `/users/${'x'.repeat(129)}/connections`, status: 400 },
  ],
  health: [{ path: '/health', status: 200 }],
  live: [{ path: '/live', status: 200 }],
  metrics: [
    { path: '/metrics', status: 200 },
    { path: '/metrics?format=json', status: 200 },
    { path: '/metrics?format=xml', status: 400 },
  ],
  metricsPast: [{ path: '/metrics/past', status: 200 }],
  status: [{ path: '/status', status: 200 }],
  connections: [
    { path: '/connections?limit=1', status: 200 },
    { path: '/connections?limit=0', status: 400 },
    { path: '/connections?cursor=none', status: 400 },
  ],
  userConnections: [
    { path: '/users/nobody/connections', status: 200 },
    { path: '/users/nobody/connections?channel=a%3Ab', status: 200 },
    { path: '/users/nobody/connections?channel=a%3A%3Ab', status: 400 },
    { path: '/users/alice/connections?look=true', status: 200 },
    { path: '/users/alice/connections?look=maybe', status: 400 },
  ],
  userLimits: [
    { path: '/users/alice/limits', status: 200 },
    { path: `/users/${'x'.repeat(129)}/limits`, status: 400 },
  ],
  limits: [
    { path: '/limits?limit=1', status: 200 },
    { path: '/limits?limit=0', status: 400 },
  ],
  listeners: [
    { path: '/listeners?channel=a%3Ab&limit=1', status: 200 },
    { path: '/listeners?channel=a%3A%3Ab', status: 400 },
    { path: '/listeners', status: 400 },
    { path: '/listeners?channel=a&cursor=!', status: 400 },
  ],
  channels: [
    { path: '/channels?pattern=**&limit=1', status: 200 },
    { path: '/channels?pattern=%2F(%2F', status: 400 },
    { path: '/channels?pattern=a&cursor=!', status: 400 },
  ],
  parked: [
    { path: '/parked?limit=1', status: 200 },
    { path: '/parked?limit=0', status: 400 },
  ],
  requeueParked: [{ path: '/parked/none/requeue', status: 404 }],
  dropParked: [{ path: '/parked/none', status: 404 }],
  console: [
    { path: '/', status: 200 },
    { path: '/', headers: { origin: 'null' }, status: 403 },
  ],
  consoleFile: [
    { path: '/console/settings.json', status: 200 },
    { path: '/console/none.js', status: 404 },
  ],
  description: [{ path: '/openapi.json', status: 200 }],
  listConsumers: [{ path: '/consumers?user=alice', status: 200 }],
  showConsumer: [{ path: '/consumers/none?user=alice', status: 404 }],
  putConsumer: [
    { path: '/consumers/described?user=alice', body: JSON.stringify({ patterns: ['described'] }), status: 200 },
    { path: '/consumers/described?user=alice', body: JSON.stringify({ patterns: [] }), status: 400 },
  ],
  removeConsumer: [{ path: '/consumers/none?user=alice', status: 204 }],
  placeConsumer: [
    { path: '/consumers/described/positions?user=alice', body: JSON.stringify({ since: 'earliest' }), status: 200 },
    { path: '/consumers/described/positions?user=alice', body: JSON.stringify({ since: 'never' }), status: 400 },
    { path: '/consumers/none/positions?user=alice', body: JSON.stringify({ since: 'now' }), status: 404 },
  ],
  pull: [
    { path: '/consumers/described/pull?user=alice', body: JSON.stringify({ wait: 0 }), status: 200 },
    { path: '/consumers/described/pull?user=alice', body: JSON.stringify({ limit: 0 }), status: 400 },
  ],
  acknowledge: [
    { path: '/consumers/described/ack?user=alice', body: JSON.stringify({ fence: 1_000_000 }), status: 409 },
    { path: '/consumers/described/ack?user=alice', body: JSON.stringify({ fence: 'x' }), status: 400 },
  ],
};

it('[H-6] the service describes every operation, and answers as it is described', async () => {
  // On a busy machine a part may be late just now.
  await expect.poll(async () => (await fetch(`${emulator.httpUrl}/health`)).status).toBe(200);
  const description = await Description.read(emulator.httpUrl);
  const names = description.operations.map(({ operationId }) => operationId);
  expect(names.sort()).toEqual(Object.keys(ASKED).sort());
  for (const operation of description.operations) {
    for (const { path, status, body, headers = {} } of ASKED[operation.operationId] ?? []) {
      const asked = { method: operation.method, headers, ...(body === undefined ? {} : { body }) };
      const answer = await fetch(`${emulator.httpUrl}${path}`, asked);
      expect([path, answer.status]).toEqual([path, status]);
      expect([path, await description.undescribed(operation, answer)]).toEqual([path, []]);
    }
  }
});

it('[H-6] an event is shown as it is described', async () => {
  const description = await Description.read(emulator.httpUrl);
  const bob = await Client.connect(emulator.websocketUrl, 'bob');
  await bob.request({ type: 'subscribe', channels: ['shown'] });
  await fetch(`${emulator.httpUrl}/events?user=alice`, {
    method: 'POST',
    body: publishing({ channel: 'shown', data: { n: 1 }, id: 'shown-1' }),
  });
  const { epoch, offset } = await bob.find(({ id }) => id === 'shown-1');
  bob.socket.close();
  const answer = await fetch(`${emulator.httpUrl}/events/shown/${epoch}/${offset}?user=alice`);
  const operation = description.operations.find(({ operationId }) => operationId === 'fetchEvent');
  expect(await answer.clone().json()).toMatchObject({ id: 'shown-1', data: { n: 1 } });
  expect(answer.status).toBe(200);
  expect(operation && (await description.undescribed(operation, answer))).toEqual([]);
});

it('[H-6] the description is kept for a while, and sent once to who knows it', async () => {
  const first = await fetch(`${emulator.httpUrl}/openapi.json`);
  expect(first.headers.get('cache-control')).toMatch(/^public, max-age=\d+$/);
  expect(await first.json()).toMatchObject({ openapi: '3.1.0', info: { title: 'realtime-sync' } });
  const known = { 'if-none-match': String(first.headers.get('etag')) };
  const again = await fetch(`${emulator.httpUrl}/openapi.json`, { headers: known });
  expect([again.status, await again.text()]).toEqual([304, '']);
});
