import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { connect, type Client as Library, type WebSocketConstructor } from '../../client/src/index.ts';
import { CONNECTION_NAME } from '../../localstack/connection-name.ts';
import { Client } from '../e2e/client.ts';
import { type RunningEmulator, startEmulator } from '../e2e/emulator.ts';
import { ownBroker } from '../own-broker.ts';
import { type RunningNginx, startNginx } from './nginx.ts';

const PREFIX = `nginx-${randomUUID()}:`;
/** Just under the megabyte, within WS_MAX_MESSAGE_SIZE together with the rest of its message, and hardly compressible. */
const MEGABYTE = randomBytes(((1_048_576 - 512) / 4) * 3).toString('base64');

describe('nginx in front of two instances that share Redis and RabbitMQ', () => {
  let instances: RunningEmulator[] = [];
  let nginx: RunningNginx;
  let redis: Redis;
  const closing: (() => Promise<unknown> | unknown)[] = [];

  /** What trusts the test's certificate and nothing else. */
  class Trusting extends WebSocket {
    constructor(url: string, protocols?: string[]) {
      super(url, protocols, { ca: nginx.certificate });
    }
  }

  const url = () => `wss://localhost:${nginx.port}`;

  const open = async (user: string): Promise<Client> => {
    const client = await Client.over(new Trusting(`${url()}?user=${user}`));
    closing.push(() => client.close());
    return client;
  };

  /** A client of the library. */
  const join = (user: string, webSocket: typeof Trusting = Trusting): Library => {
    const options = { webSocket: webSocket as unknown as WebSocketConstructor, backoff: { first: 50, most: 200 } };
    const library = connect({ url: url(), user, ...options });
    closing.push(() => library.close());
    return library;
  };

  const endpointOf = async (client: Client): Promise<string | null> => {
    const { connectionId } = await client.find(({ type }) => type === 'connection');
    return redis.hget(`${PREFIX}c:{${connectionId}}`, 'endpoint');
  };

  beforeAll(async () => {
    redis = new Redis(inject('redisUrl'));
    const options = {
      redisUrl: inject('redisUrl'),
      rabbitmqUrl: ownBroker(),
      // Here nginx stands in front, and carries messages of a megabyte in one frame.
      strict: false,
      env: { REDIS_KEY_PREFIX: PREFIX, RABBITMQ_GENERATION: '901' },
    } as const;
    instances = await Promise.all([startEmulator(options), startEmulator(options)]);
    nginx = await startNginx({
      websocket: instances.map(({ websocketUrl }) => websocketUrl),
      http: instances.map(({ httpUrl }) => httpUrl),
    });
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  afterAll(async () => {
    await nginx?.stop();
    await Promise.all(instances.map((instance) => instance.stop()));
    redis?.disconnect();
  });

  it('[B-2] holds a conversation over TLS, whoever holds which socket', async () => {
    const clients: Client[] = [];
    for (const user of ['alice', 'bob', 'carol', 'alice']) clients.push(await open(user));
    const endpoints = await Promise.all(clients.map(endpointOf));
    // Whichever of nginx's workers takes a connection, it knows what the others have.
    expect(endpoints.map((endpoint) => endpoints.filter((each) => each === endpoint).length)).toEqual([2, 2, 2, 2]);
    // Each instance says that it lives, by the address that its connections name. It takes some before it says so.
    const leases = (): Promise<number[]> =>
      Promise.all(endpoints.map((endpoint) => redis.exists(`${PREFIX}i:{${endpoint}}`)));
    await expect.poll(leases, { timeout: 30_000 }).toEqual([1, 1, 1, 1]);
    for (const client of clients) await client.request({ type: 'subscribe', channels: ['task:opened'] });
    // Published through each instance, posted by whichever consumes the shard, to the one that owns the socket.
    for (const client of clients) await client.request({ type: 'broadcast', channel: 'task:opened', data: 1 });
    for (const client of clients) expect((await client.events(4)).map(({ offset }) => offset)).toEqual([1, 2, 3, 4]);
  });

  it('[F-6] lets a frame of a megabyte in, and its event out by HTTP to whoever takes small frames', async () => {
    const alice = await open('alice');
    await alice.request({ type: 'subscribe', channels: ['file:saved'] });
    const ack = await alice.request({ type: 'broadcast', channel: 'file:saved', data: MEGABYTE });
    expect(ack).toMatchObject({ type: 'ack' });
    const [event] = await alice.events(1);
    expect(event).toMatchObject({ channel: 'file:saved', id: ack['id'], offset: 1, data: null, omitted: true });
    const { statusCode, body } = await getTrusting(
      `https://localhost:${nginx.port}/events/file:saved/${event?.['epoch']}/1?user=alice`,
      nginx.certificate,
    );
    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ id: ack['id'], data: MEGABYTE });
  });

  it('[Z-6] carries an event of a megabyte to and from clients that take chunks, in both directions', async () => {
    const heard: unknown[] = [];
    const [alice, bob] = [join('alice'), join('bob')];
    await alice.subscribe('photo:taken', ({ data, userId }) => void heard.push([userId, data])).ready;
    await bob.broadcast('photo:taken', MEGABYTE);
    await vi.waitFor(() => expect(heard).toHaveLength(1), { timeout: 30_000 });
    expect(heard).toEqual([['bob', MEGABYTE]]);
  });

  it('[R-10] ends old connections after a reload, and clients of the library come back and miss nothing', async () => {
    const heard: unknown[] = [];
    const sockets: WebSocket[] = [];
    class Counted extends Trusting {
      constructor(address: string, protocols?: string[]) {
        super(address, protocols);
        sockets.push(this);
      }
    }
    const library = join('alice', Counted);
    const subscription = library.subscribe('reload:news', (event) => void heard.push(event.data));
    await subscription.ready;
    await library.broadcast('reload:news', 'before');
    await vi.waitFor(() => expect(heard).toEqual(['before']), { timeout: 60_000 });

    await nginx.reload();
    const first = sockets[0] as WebSocket;
    if (first.readyState !== WebSocket.CLOSED) await once(first, 'close');
    await library.broadcast('reload:news', 'after');
    await vi.waitFor(() => expect(heard).toEqual(['before', 'after']), { timeout: 60_000 });
    expect(sockets.length).toBeGreaterThan(1);
  });

  it('serves the HTTP endpoints over TLS, and sends plain HTTP there', async () => {
    const plain = await fetch(`http://127.0.0.1:${nginx.plainPort}/health`, { redirect: 'manual' });
    expect(plain.status).toBe(308);
    expect(plain.headers.get('location')).toMatch(/^https:\/\/127\.0\.0\.1\/health$/);
    const { statusCode, body, headers } = await getTrusting(
      `https://localhost:${nginx.port}/health`,
      nginx.certificate,
    );
    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ status: 'healthy' });
    expect(headers['strict-transport-security']).toBeDefined();
  });

  it('[C-7] [H-4] tells the service whose page asks, and by which name and port', async () => {
    const dial = async (headers: Record<string, string>): Promise<number> => {
      const socket = new WebSocket(`${url()}?user=alice`, { ca: nginx.certificate, headers });
      socket.on('error', () => undefined);
      closing.push(() => socket.terminate());
      const opened = once(socket, 'open').then(() => 101);
      return Promise.race([opened, once(socket, 'unexpected-response').then(([, { statusCode }]) => statusCode)]);
    };
    const ask = async (headers: Record<string, string>) =>
      (await getTrusting(`https://localhost:${nginx.port}/connections`, nginx.certificate, headers)).statusCode;
    for (const headers of [{ origin: 'https://evil.example.org' }, { host: `evil.example.org:${nginx.port}` }]) {
      expect([await dial(headers), await ask(headers)]).toEqual([403, 403]);
    }
    for (const headers of [{ origin: `https://localhost:${nginx.port}` }, {}]) {
      expect([await dial(headers), await ask(headers)]).toEqual([101, 200]);
    }
    // The page of the service is told where to connect by the name it was asked by; the port is the gateway’s.
    const page = await getTrusting(`https://localhost:${nginx.port}/console/settings.json`, nginx.certificate);
    expect(JSON.parse(page.body)).toMatchObject({ websocket: expect.stringContaining('://localhost:') });
  });

  it('passes on no header by which a connection is named', async () => {
    const named: unknown[] = [];
    const upstream = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    closing.push(() => upstream.close());
    upstream.on('connection', (_, { headers }) => named.push([headers['x-some-other'], headers[CONNECTION_NAME]]));
    await once(upstream, 'listening');
    const address = `ws://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    const front = await startNginx({ websocket: [address], http: instances.map(({ httpUrl }) => httpUrl) });
    closing.push(() => front.stop());
    const headers = { 'x-some-other': 'passed on', [CONNECTION_NAME]: 'AAAAAAAAAAAAAAA=' };
    const socket = new WebSocket(`wss://localhost:${front.port}`, { ca: front.certificate, headers });
    await once(socket, 'open');
    expect(named).toEqual([['passed on', undefined]]);
    socket.close();
  });

  it('limits how many sockets one address may hold', async () => {
    const strict = await startNginx(
      { websocket: instances.map(({ websocketUrl }) => websocketUrl), http: instances.map(({ httpUrl }) => httpUrl) },
      { NGINX_CONNECTIONS_PER_ADDRESS: '2' },
    );
    closing.push(() => strict.stop());
    const dial = () => new WebSocket(`wss://localhost:${strict.port}?user=bob`, { ca: strict.certificate });
    const sockets = [dial(), dial()];
    await Promise.all(sockets.map((socket) => once(socket, 'open')));
    const third = dial();
    third.on('error', () => undefined);
    const [, response] = await once(third, 'unexpected-response');
    expect(response.statusCode).toBe(429);
    for (const socket of sockets) socket.close();
  });
});

/** A request that trusts one certificate. */
const getTrusting = async (address: string, certificate: Buffer, more: Readonly<Record<string, string>> = {}) => {
  const { get } = await import('node:https');
  return new Promise<{ statusCode: number | undefined; body: string; headers: NodeJS.Dict<string | string[]> }>(
    (resolve, reject) => {
      get(address, { ca: certificate, servername: 'localhost', headers: more }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            statusCode: response.statusCode,
            body: Buffer.concat(chunks).toString(),
            headers: response.headers,
          }),
        );
      }).on('error', reject);
    },
  );
};
