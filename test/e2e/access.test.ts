import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { UnsecuredJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { WebSocket } from 'ws';
import { connect as connectLibrary, type WebSocketConstructor } from '../../client/src/index.ts';
import { offeredProtocols } from '../../lib/protocol/subprotocol.ts';
import { chunked } from '../frames.ts';
import { ownBroker } from '../own-broker.ts';
import { SECRET, tokenFor } from '../tokens.ts';
import { Client, type Message } from './client.ts';
import { Description } from './description.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

const ADMIN_KEY = 'the key of the administrator';
const ORIGIN = 'https://app.example.org';
const ALL = { subscribe: ['**'], publish: ['**'] };
const now = (): number => Math.floor(Date.now() / 1_000);

let emulator: RunningEmulator;
let clients: Client[] = [];
/** Of a session that ends at once, but for the tolerance of clocks. */
let ending: { readonly client: Client; readonly closed: Promise<unknown> };

beforeAll(async () => {
  emulator = await startEmulator({
    redisUrl: inject('redisUrl'),
    rabbitmqUrl: ownBroker(),
    env: {
      REDIS_KEY_PREFIX: `e2e-${randomUUID()}:`,
      AUTH_MODE: 'jwt',
      AUTH_JWT_SECRET: SECRET,
      AUTH_JWT_AUDIENCE: 'sync',
      ADMIN_KEY,
      CORS_ORIGINS: ORIGIN,
      RATE_LIMIT_TYPES: 'unsubscribe=3',
    },
  });
  const shown = await token('alice', { exp: now() + 1 });
  const client = await Client.shown(emulator.websocketUrl, shown);
  ending = { client, closed: once(client.socket, 'close') };
});
afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  clients = [];
});
afterAll(() => emulator?.stop());

const token = (user: string, claims: Record<string, unknown> = {}): Promise<string> =>
  tokenFor(user, { aud: 'sync', channels: ALL, ...claims });

const connectWith = async (shown: string, capabilities = ''): Promise<Client> => {
  const query = capabilities === '' ? '' : `?capabilities=${capabilities}`;
  const client = await Client.over(new WebSocket(`${emulator.websocketUrl}${query}`, offeredProtocols(shown)));
  clients.push(client);
  return client;
};
const connect = async (user: string, claims: Record<string, unknown> = {}, capabilities = ''): Promise<Client> =>
  connectWith(await token(user, claims), capabilities);

/** The status with which a handshake is refused, or what protocol it was answered with. */
const handshake = async (query: string, options: { headers?: Record<string, string>; protocols?: string[] }) => {
  const socket = new WebSocket(`${emulator.websocketUrl}${query}`, options.protocols ?? [], {
    headers: options.headers,
  });
  socket.on('error', () => undefined);
  const opened = once(socket, 'open').then(() => ({ protocol: socket.protocol }));
  const refused = once(socket, 'unexpected-response').then(([, { statusCode }]) => ({ status: statusCode as number }));
  const outcome = await Promise.race([opened, refused]);
  socket.terminate();
  return outcome;
};

const bearer = (shown: string): Record<string, string> => ({ authorization: `Bearer ${shown}` });
const http = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${emulator.httpUrl}${path}`, init);
const post = (path: string, body: unknown, headers: Record<string, string>): Promise<Response> =>
  http(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });

describe('the handshake', () => {
  it.each<[string, () => Promise<string>]>([
    ['forged', () => tokenFor('alice', { aud: 'sync' }, 'another secret that is long enough')],
    ['expired', () => token('alice', { exp: now() - 60 })],
    ['for another audience', () => token('alice', { aud: 'other' })],
    ['of algorithm none', async () => new UnsecuredJWT({ sub: 'alice', aud: 'sync', exp: now() + 60 }).encode()],
    ['without exp', () => token('alice', { exp: undefined })],
    ['granted a regular expression', () => token('alice', { channels: { subscribe: ['/a/'] } })],
  ])('[C-4] refuses a token that is %s', async (_, made) => {
    const shown = await made();
    expect(await handshake('', { headers: bearer(shown) })).toEqual({ status: 403 });
    expect(await handshake('', { protocols: offeredProtocols(shown) })).toEqual({ status: 403 });
  });

  it('[C-4] refuses who shows nothing, or a token in the address', async () => {
    expect(await handshake('', {})).toEqual({ status: 403 });
    expect(await handshake('?user=alice', {})).toEqual({ status: 403 });
    const shown = await token('alice');
    for (const name of ['token', 'access_token', 'authorization', 'ticket']) {
      expect(await handshake(`?${name}=${shown}`, {})).toEqual({ status: 403 });
    }
  });

  it('[C-5] takes one in either header, and answers the protocol alone', async () => {
    const shown = await token('alice');
    expect(await handshake('', { headers: bearer(shown) })).toEqual({ protocol: '' });
    expect(await handshake('', { protocols: offeredProtocols(shown) })).toEqual({ protocol: 'realtime-sync.v1' });
  });

  it('[C-7] refuses pages of a foreign origin, and nobody without one', async () => {
    const headers = bearer(await token('alice'));
    expect(await handshake('', { headers: { ...headers, origin: 'https://evil.example.org' } })).toEqual({
      status: 403,
    });
    expect(await handshake('', { headers: { ...headers, origin: ORIGIN } })).toEqual({ protocol: '' });
  });

  it('[C-6] a ticket opens one connection, and the session is that of the token', async () => {
    const shown = await token('alice', { channels: { subscribe: ['mine:*'] } });
    const response = await post('/tickets', undefined, bearer(shown));
    expect(response.status).toBe(201);
    const { ticket } = (await response.json()) as { ticket: string };
    const client = await Client.over(new WebSocket(`${emulator.websocketUrl}?ticket=${ticket}`));
    clients.push(client);
    expect(await client.find(({ type }) => type === 'connection')).toMatchObject({ userId: 'alice' });
    expect(await client.request({ type: 'subscribe', channels: ['mine:a'] })).toMatchObject({ type: 'subscribed' });
    expect(await client.request({ type: 'subscribe', channels: ['other'] })).toMatchObject({
      error: { code: 'FORBIDDEN' },
    });
    expect(await handshake(`?ticket=${ticket}`, {})).toEqual({ status: 403 });
  });

  it('[H-5] says what would become of a handshake, and changes nothing', async () => {
    const shown = await token('looked-at');
    await connectWith(shown);
    const ask = async (token: string | undefined) => {
      const headers = { origin: ORIGIN, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
      const response = await http('/session', { headers });
      expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
      return [response.status, await response.json()];
    };
    for (let time = 0; time < 2; time++) {
      expect(await ask(shown)).toEqual([
        200,
        {
          service: 'realtime-sync',
          protocol: 1,
          token: 'ok',
          userId: 'looked-at',
          expires: expect.any(Number),
          connections: 1,
          limits: { connections: expect.any(Number), messageSize: expect.any(Number) },
        },
      ]);
    }
    const fault = (token: string) => [401, { error: { code: 'UNAUTHENTICATED', message: expect.any(String), token } }];
    expect(await ask(undefined)).toEqual(fault('missing'));
    expect(await ask(await token('looked-at', { exp: now() - 60 }))).toEqual(fault('expired'));
    expect(await ask(`${shown}x`)).toEqual(fault('forged'));
  });

  it('no token or ticket is in the log', async () => {
    const shown = await token('alice');
    await handshake('', { headers: bearer(shown) });
    await handshake(`?ticket=${'t'.repeat(32)}`, {});
    await handshake('', { headers: bearer(`${shown}x`) });
    const signature = shown.split('.')[2] as string;
    expect(emulator.output()).not.toContain(signature);
    expect(emulator.output()).not.toContain('t'.repeat(32));
    expect(emulator.output()).not.toContain(SECRET);
  });
});

describe('a session', () => {
  it('[G-2] [G-4] [G-6] may do what its token grants, and after auth what that grants', async () => {
    const alice = await connect('alice', { channels: { subscribe: ['a:*'], publish: ['a:b'] } });
    expect(await alice.request({ type: 'subscribe', patterns: ['a:*'] })).toMatchObject({ type: 'subscribed' });
    expect(await alice.request({ type: 'subscribe', patterns: ['**'] })).toMatchObject({
      error: { code: 'FORBIDDEN' },
    });
    expect(await alice.request({ type: 'broadcast', channel: 'a:b', data: 1 })).toMatchObject({ type: 'ack' });
    expect(await alice.request({ type: 'broadcast', channel: 'a:c', data: 1 })).toMatchObject({
      error: { code: 'FORBIDDEN' },
    });
    const narrower = await token('alice', { channels: { subscribe: ['z'], publish: ['a:c'] } });
    expect(await alice.request({ type: 'auth', token: narrower })).toMatchObject({
      type: 'authenticated',
      ended: ['a:*'],
    });
    expect(await alice.request({ type: 'broadcast', channel: 'a:c', data: 1 })).toMatchObject({ type: 'ack' });
    expect(await alice.request({ type: 'subscribe', patterns: ['a:*'] })).toMatchObject({
      error: { code: 'FORBIDDEN' },
    });
    expect(await alice.request({ type: 'auth', token: await token('bob') })).toMatchObject({
      error: { code: 'INVALID_TOKEN' },
    });
  });

  it('[G-8] revoking a user closes its connections and keeps its tokens out, and nobody else', async () => {
    const shown = await token('mallory');
    const [mallory, bob] = [await connectWith(shown), await connect('bob')];
    const closed = once(mallory.socket, 'close');
    const path = '/users/mallory/connections';
    expect((await http(path, { method: 'DELETE' })).status).toBe(401);
    expect((await http(path, { method: 'DELETE', headers: bearer(await token('bob')) })).status).toBe(403);
    expect((await http(path, { method: 'DELETE', headers: { 'x-api-key': 'wrong' } })).status).toBe(401);
    const done = await http(path, { method: 'DELETE', headers: { 'x-api-key': ADMIN_KEY } });
    expect([done.status, await done.json()]).toEqual([200, { closed: 1 }]);
    await mallory.find(({ error }) => (error as Message | undefined)?.['code'] === 'SESSION_REVOKED');
    await closed;
    expect(await handshake('', { headers: bearer(shown) })).toEqual({ status: 403 });
    expect((await post('/tickets', undefined, bearer(shown))).status).toBe(401);
    expect(await bob.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
  });

  it('[L-1] [L-2] is held to its limits', async () => {
    const alice = await connect('alice');
    for (let i = 0; i < 3; i++) {
      expect(await alice.request({ type: 'unsubscribe', channels: ['a'] })).toMatchObject({ type: 'unsubscribed' });
    }
    expect(await alice.request({ type: 'unsubscribe', channels: ['a'] })).toMatchObject({
      error: { code: 'RATE_LIMIT_EXCEEDED', type: 'messageType', retryAfter: expect.any(Number) },
    });
    expect(await alice.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
  });
});

describe('large messages, through frames of 32 KB', () => {
  /** A megabyte as JSON, less what stands around it in a message. */
  const megabyte = 'é"'.repeat(2 ** 18 - 200);

  it.each(['chunk', 'chunk,compression', 'batch,chunk,compression'])(
    '[Z-6] go both ways with %s',
    async (capabilities) => {
      const channel = `large:${randomUUID()}`;
      const alice = await connect('alice', {}, capabilities);
      const plain = await connect('bob');
      for (const each of [alice, plain]) await each.request({ type: 'subscribe', channels: [channel] });
      const text = JSON.stringify({ type: 'broadcast', requestId: 'large', channel, data: megabyte });
      expect(Buffer.byteLength(text)).toBeGreaterThan(1_000_000);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2 ** 20);
      for (const frame of chunked(text, 'k').reverse()) alice.send(frame);
      expect(await alice.find(({ requestId }) => requestId === 'large')).toMatchObject({ type: 'ack' });
      const heard = await alice.find((message) => message['channel'] === channel);
      expect(heard['data']).toBe(megabyte);
      const omitted = await plain.find((message) => message['channel'] === channel);
      expect(omitted).toMatchObject({ data: null, omitted: true });

      // Over HTTP for who takes no chunks.
      const path = `/events/${encodeURIComponent(channel)}/${omitted['epoch']}/${omitted['offset']}`;
      const fetched = await http(path, { headers: bearer(await token('bob')) });
      expect(((await fetched.json()) as Message)['data']).toBe(megabyte);

      const replayed = await alice.request({ type: 'replay', since: 0, channels: [channel] });
      expect((replayed['events'] as Message[])[0]?.['data']).toBe(megabyte);
    },
  );

  it('[Z-4] compression is switched by a message', async () => {
    const alice = await connect('alice');
    expect(await alice.request({ type: 'compression', enable: true, level: 6 })).toMatchObject({ enabled: true });
    const channel = `large:${randomUUID()}`;
    await alice.request({ type: 'subscribe', channels: [channel] });
    await alice.request({ type: 'broadcast', channel, data: 'a'.repeat(10_000) });
    await alice.find((message) => message['channel'] === channel);
    expect(alice.wrappers).toContain('compressed');
  });
});

describe('over HTTP', () => {
  it('[H-1] everyone may ask for the health, administrators for the rest', async () => {
    expect((await http('/health')).status).toBe(200);
    const admin = bearer(await token('carol', { admin: true }));
    for (const path of ['/metrics', '/status', '/connections']) {
      expect((await http(path)).status).toBe(401);
      expect((await http(path, { headers: bearer(await token('alice')) })).status).toBe(403);
      const wrong = await http(path, { headers: { 'x-api-key': 'not the key, really' } });
      expect([wrong.status, await wrong.json()]).toMatchObject([
        401,
        { error: { message: expect.stringContaining('key in x-api-key is wrong') } },
      ]);
      expect((await http(path, { headers: admin })).status).toBe(200);
    }
  });

  it('[H-1] [H-6] says who may ask what, and has nobody else ask', async () => {
    const description = await Description.read(emulator.httpUrl);
    expect(description.operations.length).toBeGreaterThan(10);
    const user = bearer(await token('alice', { channels: {} }));
    for (const operation of description.operations) {
      const { method, security } = operation;
      const path = operation.path.replace('{offset}', '1').replace(/\{\w+\}/g, 'none');
      const isForAll = security.length === 0;
      const stranger = await http(path, { method });
      expect([path, stranger.status === 401]).toEqual([path, !isForAll]);
      if (isForAll) continue;
      expect([path, await description.undescribed(operation, stranger)]).toEqual([path, []]);
      const isForAdministrators = security.some(({ adminKey }) => adminKey !== undefined);
      const known = await http(path, { method, headers: user });
      const { error } = (await known.clone().json()) as { error?: { message: string } };
      expect([path, error?.message === 'This is for administrators']).toEqual([path, isForAdministrators]);
      expect([path, await description.undescribed(operation, known)]).toEqual([path, []]);
    }
  });

  it('[Q-2] [Q-3] back-ends and administrators may have consumers, of what their token grants', async () => {
    const put = async (claims: Record<string, unknown>, pattern = 'may:*') => {
      const shown = bearer(await token('follower', claims));
      const body = JSON.stringify({ patterns: [pattern] });
      const response = await http('/consumers/one', { method: 'PUT', headers: shown, body });
      return [response.status, ((await response.json()) as { error?: { code: string } }).error?.code];
    };
    expect(await put({})).toEqual([403, 'FORBIDDEN']);
    expect(await put({ backend: true })).toEqual([200, undefined]);
    expect(await put({ admin: true })).toEqual([200, undefined]);
    const few = { backend: true, channels: { subscribe: ['may:*'], publish: [] } };
    expect(await put(few)).toEqual([200, undefined]);
    expect(await put(few, 'other')).toEqual([403, 'FORBIDDEN']);
    // A key is of nobody whose they could be.
    expect((await http('/consumers', { headers: { 'x-api-key': ADMIN_KEY } })).status).toBe(401);
  });

  it('[H-2] [B-11] publishes a batch, in order, once, under the grants of the token', async () => {
    const alice = await connect('alice');
    const channel = `http:${randomUUID()}`;
    await alice.request({ type: 'subscribe', channels: [channel] });
    const headers = {
      ...bearer(await token('shop', { channels: { publish: ['http:*'] } })),
      'idempotency-key': randomUUID(),
    };
    const events = [1, 2, 3].map((data) => ({ channel, data }));
    for (let i = 0; i < 2; i++) {
      const response = await post('/events', { events }, headers);
      expect([response.status, ((await response.json()) as { ids: string[] }).ids.length]).toEqual([200, 3]);
    }
    const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    await post('/events', { events: [{ channel, data: 4, id: 'own' }] }, { ...headers, traceparent });
    const heard = await alice.events(4);
    expect(heard.map((event) => event['traceparent'])).toEqual([undefined, undefined, undefined, traceparent]);
    expect(heard.map(({ data, userId }) => [data, userId])).toEqual([1, 2, 3, 4].map((data) => [data, 'shop']));
  });

  it('[H-2] refuses a batch whole, and looks at nothing of whoever shows no token', async () => {
    const headers = bearer(await token('shop', { channels: { publish: ['http:*'] } }));
    const code = async (body: unknown, shown: Record<string, string> = headers) => {
      const response = await post('/events', body, shown);
      return [response.status, ((await response.json()) as { error: { code: string } }).error.code];
    };
    const good = { channel: 'http:a', data: 1 };
    expect(await code({ events: [good, { channel: 'other', data: 1 }] })).toEqual([403, 'FORBIDDEN']);
    expect(await code({ events: [good, { channel: 'a b', data: 1 }] })).toEqual([400, 'INVALID_CHANNEL']);
    expect(await code({ events: [good, { channel: 'http:a' }] })).toEqual([400, 'INVALID_MESSAGE']);
    expect(await code({ events: [] })).toEqual([400, 'INVALID_MESSAGE']);
    expect(await code([])).toEqual([400, 'INVALID_MESSAGE']);
    expect(await code({ events: Array.from({ length: 101 }, () => good) })).toEqual([400, 'INVALID_MESSAGE']);
    expect(await code({ events: [] }, {})).toEqual([401, 'UNAUTHENTICATED']);
    expect((await http('/events', { method: 'POST', headers, body: '{' })).status).toBe(400);
  });

  it('[H-3] shows an event to whoever may subscribe to its channel, and private ones to their user', async () => {
    const alice = await connect('alice');
    const channel = `http:${randomUUID()}.x`;
    await alice.request({ type: 'subscribe', channels: [channel] });
    await alice.request({ type: 'broadcast', channel, data: 'secret', targetUsers: ['alice'] });
    const [event] = await alice.events(1);
    const path = `/events/${encodeURIComponent(channel)}/${event?.['epoch']}/${event?.['offset']}`;
    const status = async (rest: string, user: string, claims = {}) =>
      (await http(`${path}${rest}`, { headers: bearer(await token(user, claims)) })).status;
    expect(await status('?private=true', 'alice')).toBe(200);
    expect(await status('?private=true', 'bob')).toBe(404);
    expect(await status('', 'alice')).toBe(404);
    expect(await status('?private=true', 'alice', { channels: { subscribe: ['other'] } })).toBe(403);
    expect((await http(path)).status).toBe(401);
  });

  it('[H-4] answers carry what browsers are to be told, errors too', async () => {
    for (const path of ['/health', '/status']) {
      const response = await http(path, { headers: { origin: ORIGIN } });
      expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('strict-transport-security')).toContain('max-age');
      expect(response.headers.get('x-powered-by')).toBeNull();
    }
    const foreign = await http('/health', { headers: { origin: 'https://evil.example.org' } });
    expect(foreign.status).toBe(403);
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
    const preflight = (origin: string) =>
      http('/events', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
    const allowed = await preflight(ORIGIN);
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([204, ORIGIN]);
    expect(allowed.headers.get('access-control-allow-methods')).toContain('POST');
    expect(allowed.headers.get('access-control-allow-headers')).toContain('authorization');
    expect((await preflight('https://evil.example.org')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('[H-5] a page of a foreign origin may read that it may not connect, and nothing else', async () => {
    const origin = 'https://evil.example.org';
    const readable = async (path: string, options: RequestInit) => {
      const { status, headers } = await http(path, { ...options, headers: { origin, ...options.headers } });
      return [status, headers.get('access-control-allow-origin')];
    };
    const authorization = `Bearer ${await token('alice')}`;
    const asks = { 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' };
    expect(await readable('/session', { method: 'OPTIONS', headers: asks })).toEqual([204, '*']);
    const refused = await http('/session', { headers: { origin, authorization } });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([403, '*']);
    expect(await refused.json()).toMatchObject({ error: { code: 'FORBIDDEN' } });
    expect(await readable('/status', { headers: { authorization } })).toEqual([403, null]);
    expect(await readable('/events', { method: 'OPTIONS', headers: asks })).toEqual([204, null]);
    expect(await readable('/session', { headers: { authorization, origin: ORIGIN } })).toEqual([200, ORIGIN]);
  });
});

// They wait for a clock, side by side; one of the sessions began before all else.
describe('a session that comes to its end', () => {
  it.concurrent('[G-7] is told so and closed, without a word of its client', async () => {
    const { client, closed } = ending;
    // The sweeper comes every minute.
    await client.find(
      ({ type, error }) => type === 'error' && (error as Message)['code'] === 'SESSION_EXPIRED',
      90_000,
    );
    await closed;
  }, 120_000);

  it.concurrent('[C-1] [G-6] [G-7] is renewed by the client library before, on the connection it has', async ({
    expect,
  }) => {
    const channel = `renewed:${randomUUID()}`;
    const ends: number[] = [];
    const errors: unknown[] = [];
    const alice = connectLibrary({
      url: emulator.websocketUrl,
      token: () => {
        const exp = now() + 12;
        ends.push(exp * 1_000);
        return token('alice', { exp });
      },
      webSocket: WebSocket as unknown as WebSocketConstructor,
    });
    alice.on('error', (error) => errors.push(error));
    const heard: unknown[] = [];
    await alice.subscribe(channel, ({ data }) => void heard.push(data)).ready;
    // What clocks may differ by is granted on top.
    const first = alice.connection?.expires ?? 0;
    expect(first).toBeGreaterThanOrEqual(ends[0] ?? Number.NaN);
    await expect.poll(() => ends.length, { timeout: 30_000 }).toBe(2);
    // A second beyond the end of the first session.
    await expect.poll(() => Date.now(), { timeout: 30_000, interval: 200 }).toBeGreaterThan(first + 1_000);
    await alice.broadcast(channel, 'still here');
    await expect.poll(() => heard).toEqual(['still here']);
    expect(alice.counts.connections).toBe(1);
    expect(errors).toEqual([]);
    await alice.close();
  });
});
