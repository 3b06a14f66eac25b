import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { offeredProtocols } from '../../lib/protocol/subprotocol.ts';
import { CONNECTION_NAME, readConnectionName } from '../../localstack/connection-name.ts';
import { newSecretPath } from '../../localstack/secret-path.ts';
import { StrictGateway } from '../../localstack/strict/gateway.ts';
import type { StrictSettings } from '../../localstack/strict/settings.ts';
import { answerTo, MALFORMED_FRAME, ODD_CLIENTS } from '../odd-clients.ts';

/** Stands in for the emulator: writes down what arrives, and answers what a test wants. */
interface Upstream {
  readonly server: WebSocketServer;
  readonly names: string[];
  readonly received: string[];
  closed: number;
  answer: (text: string) => string | undefined;
  refuse: boolean;
}

let upstream: Upstream;
let gateways: StrictGateway[];

beforeEach(async () => {
  gateways = [];
  upstream = { names: [], received: [], closed: 0, answer: () => undefined, refuse: false } as unknown as Upstream;
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    verifyClient: (_: unknown, accept: (verified: boolean, code?: number) => void) => accept(!mine.refuse, 403),
  });
  // What still comes when this test is over is none of the next one's.
  const mine = Object.assign(upstream, { server, closed: 0 });
  server.on('connection', (socket, request) => {
    const header = request.headers[CONNECTION_NAME];
    mine.names.push(...gateways.flatMap(({ namingSecret }) => readConnectionName(header, namingSecret) ?? []));
    socket.on('message', (data) => {
      mine.received.push(String(data));
      const answer = mine.answer(String(data));
      if (answer !== undefined) socket.send(answer);
    });
    socket.on('close', () => {
      mine.closed += 1;
    });
  });
  await once(server, 'listening');
});

afterEach(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  upstream.server.close();
});

const start = async (
  settings: Partial<StrictSettings> = {},
  path = '',
  onTrouble: (line: string) => void = () => undefined,
) => {
  const { port } = upstream.server.address() as AddressInfo;
  const gateway = await StrictGateway.start({ port: 0, upstream: `ws://127.0.0.1:${port}`, path, settings, onTrouble });
  gateways.push(gateway);
  const ask = (method: string, id: string, body?: string) =>
    fetch(`http://127.0.0.1:${gateway.port}/@connections/${encodeURIComponent(id)}`, {
      method,
      ...(body === undefined ? {} : { body }),
    });
  return { gateway, ask };
};

const connect = async (
  gateway: StrictGateway,
  headers: Readonly<Record<string, string>> = {},
): Promise<WebSocket & { readonly heard: string[] }> => {
  const heard: string[] = [];
  const socket = Object.assign(new WebSocket(`ws://127.0.0.1:${gateway.port}/?user=alice`, { headers }), { heard });
  socket.on('message', (data) => heard.push(String(data)));
  await once(socket, 'open');
  return socket;
};

const until = (met: () => void) => vi.waitFor(met, 15_000);

const closeCode = async (socket: WebSocket): Promise<number> => ((await once(socket, 'close')) as [number])[0];

it('passes frames both ways, and posts under the name it gave', async () => {
  upstream.answer = (text) => `answer to ${text}`;
  const { gateway, ask } = await start();
  const alice = await connect(gateway);
  alice.send('hello');
  await until(() => expect(alice.heard).toEqual(['answer to hello']));
  const [name = ''] = upstream.names;
  expect((await ask('POST', name, 'posted')).status).toBe(200);
  await until(() => expect(alice.heard).toEqual(['answer to hello', 'posted']));
});

it('names a connection itself, whatever name the client asks for', async () => {
  const { gateway, ask } = await start();
  const first = await connect(gateway);
  const [taken = ''] = upstream.names;
  for (const header of [taken, 'AAAAAAAAAAAAAAA=', `${taken} AAAA`])
    await connect(gateway, { [CONNECTION_NAME]: header });
  expect(new Set(upstream.names).size).toBe(4);
  expect(upstream.names).not.toContain('AAAAAAAAAAAAAAA=');
  expect((await ask('POST', taken, 'for the first')).status).toBe(200);
  await until(() => expect(first.heard).toEqual(['for the first']));
});

it('is posted to, asked and told to close by who knows its path alone', async () => {
  const { gateway, ask } = await start({}, newSecretPath());
  const alice = await connect(gateway);
  const [name = ''] = upstream.names;
  for (const method of ['POST', 'GET', 'DELETE']) expect((await ask(method, name)).status).toBe(403);
  const earlier = `http://127.0.0.1:${gateway.port}${newSecretPath()}/@connections/${encodeURIComponent(name)}`;
  expect((await fetch(earlier, { method: 'POST', body: 'forged' })).status).toBe(410);
  expect(alice.heard).toEqual([]);
  expect(alice.readyState).toBe(WebSocket.OPEN);
});

it.each(ODD_CLIENTS)('answers %s at once, and asks nobody', async (_, sent, answer) => {
  const { gateway } = await start();
  expect(await answerTo(gateway.port, sent)).toMatch(answer);
  expect(upstream.names).toEqual([]);
  expect(upstream.server.clients.size).toBe(0);
});

it.each([
  ['header', (token: string) => ({ authorization: `Bearer ${token}` })],
  ['subprotocol', (token: string) => ({ 'sec-websocket-protocol': offeredProtocols(token).join(', ') })],
])('takes a token in a %s that API Gateway takes, and says of a longer one that it is too long', async (_, headers) => {
  const { gateway } = await start();
  const handshake = async (bytes: number): Promise<string> => {
    const lines = Object.entries({
      ...{ host: 'localhost', upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-version': '13' },
      ...{ 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', ...headers('t'.repeat(bytes)) },
    }).map(([name, value]) => `${name}: ${value}`);
    return answerTo(gateway.port, `${['GET / HTTP/1.1', ...lines].join('\r\n')}\r\n\r\n`);
  };
  expect(await handshake(9_900)).toMatch(/^HTTP\/1\.1 101 /);
  for (const bytes of [10_300, 60_000]) {
    const answer = await handshake(bytes);
    expect(answer).toMatch(
      /^HTTP\/1\.1 431 [\s\S]*have \d+ bytes, and API Gateway takes 10240: a token that is shorter/,
    );
  }
  expect(upstream.names).toHaveLength(1);
});

it('answers a handshake over which the emulator fails', async () => {
  const { gateway } = await start();
  upstream.server.close();
  for (const client of upstream.server.clients) client.terminate();
  await expect(connect(gateway)).rejects.toThrow('502');
});

it('tells of clients that send what is no frame, of many of them once', async () => {
  const told: string[] = [];
  const { gateway } = await start({}, '', (line) => told.push(line));
  await Promise.all(Array.from({ length: 5 }, () => answerTo(gateway.port, MALFORMED_FRAME)));
  await until(() => expect(upstream.closed).toBe(5));
  expect(told[0]).toMatch(/^A client sent what is no frame, and was closed: .*RSV/);
  expect(told.length).toBeLessThan(5);
});

it('passes a refused handshake on', async () => {
  upstream.refuse = true;
  const { gateway } = await start();
  await expect(connect(gateway)).rejects.toThrow('403');
});

it.each([
  ['a frame of 32 KB', (socket: WebSocket) => socket.send('x'.repeat(32_768)), undefined],
  ['a frame over 32 KB', (socket: WebSocket) => socket.send('x'.repeat(32_769)), 1009],
  ['a binary frame', (socket: WebSocket) => socket.send(Buffer.from('{}')), 1003],
  [
    'a message of 128 KB in four frames',
    (socket: WebSocket) => {
      for (let n = 0; n < 4; n++) socket.send('x'.repeat(32_768), { fin: n === 3 });
    },
    undefined,
  ],
  [
    'a message over 128 KB in five frames',
    (socket: WebSocket) => {
      for (let n = 0; n < 5; n++) socket.send('x'.repeat(32_768), { fin: n === 4 });
    },
    1009,
  ],
])('[F-7] meets %s as API Gateway does', async (_, send, code) => {
  const { gateway } = await start();
  const alice = await connect(gateway);
  send(alice);
  if (code === undefined) {
    await until(() => expect(upstream.received).toHaveLength(1));
    expect(alice.readyState).toBe(WebSocket.OPEN);
  } else {
    expect(await closeCode(alice)).toBe(code);
    expect(upstream.received).toEqual([]);
  }
});

it('ends a connection for a function’s answer over 32 KB, and refuses such a post with 413', async () => {
  upstream.answer = () => 'x'.repeat(32_769);
  const { gateway, ask } = await start();
  const alice = await connect(gateway);
  expect((await ask('POST', upstream.names[0] ?? '', 'x'.repeat(32_768))).status).toBe(200);
  expect((await ask('POST', upstream.names[0] ?? '', 'x'.repeat(32_769))).status).toBe(413);
  alice.send('ask');
  expect(await closeCode(alice)).toBe(1009);
});

it('ends connections that are silent, and those that are old', async () => {
  const silent = await connect((await start({ idle: 50 })).gateway);
  expect(await closeCode(silent)).toBe(1001);
  const old = await connect((await start({ life: 50 })).gateway);
  expect(await closeCode(old)).toBe(1001);
});

it('tells of a connection, and says that one is gone, by name', async () => {
  const { gateway, ask } = await start();
  const alice = await connect(gateway);
  const [name = ''] = upstream.names;
  expect(await (await ask('GET', name)).json()).toMatchObject({
    connectedAt: expect.stringMatching(/^\d{4}-/),
    lastActiveAt: expect.stringMatching(/^\d{4}-/),
  });
  expect((await ask('DELETE', name)).status).toBe(204);
  await once(alice, 'close');
  await until(() => expect(upstream.closed).toBe(1));
  for (const method of ['GET', 'POST', 'DELETE']) {
    const answer = await ask(method, name, method === 'POST' ? 'x' : undefined);
    expect(answer.status).toBe(410);
    expect(answer.headers.get('x-amzn-errortype')).toBe('GoneException');
  }
});

it('refuses what comes faster than the bucket fills, posts and messages and handshakes', async () => {
  const { gateway, ask } = await start({ rate: 0.001, burst: 3 });
  const alice = await connect(gateway);
  expect((await ask('POST', upstream.names[0] ?? '', 'x')).status).toBe(200);
  alice.send('taken');
  await until(() => expect(upstream.received).toEqual(['taken']));
  const refused = await ask('POST', upstream.names[0] ?? '', 'x');
  expect([refused.status, refused.headers.get('x-amzn-errortype')]).toEqual([429, 'LimitExceededException']);
  alice.send('refused');
  await until(() => expect(alice.heard.at(-1)).toContain('Too Many Requests'));
  await expect(connect(gateway)).rejects.toThrow('429');
  expect(upstream.received).toEqual(['taken']);
});

it('lets messages overtake each other where it is told to', async () => {
  const { gateway } = await start({ reorder: 30, seed: 3 });
  const alice = await connect(gateway);
  const sent = Array.from({ length: 30 }, (_, n) => String(n));
  for (const text of sent) alice.send(text);
  await until(() => expect(upstream.received).toHaveLength(30));
  expect(upstream.received).not.toEqual(sent);
  expect([...upstream.received].sort()).toEqual([...sent].sort());
});

it('tells clients to come back where what calls the functions ends', async () => {
  const { gateway } = await start();
  const alice = await connect(gateway);
  const code = closeCode(alice);
  for (const socket of upstream.server.clients) socket.terminate();
  expect(await code).toBe(1012);
});

it('can keep the end of a connection to itself', async () => {
  const { gateway, ask } = await start({ lostDisconnects: 1 });
  const alice = await connect(gateway);
  alice.close();
  await until(() => expect(gateway.size).toBe(0));
  expect((await ask('GET', upstream.names[0] ?? '')).status).toBe(410);
  expect(upstream.closed).toBe(0);
});

it('[C-7] tells what it stands in front of by which name it was asked, and lets no page post', async () => {
  const { gateway, ask } = await start();
  const hosts: unknown[] = [];
  upstream.server.on('connection', (_, { headers }) => hosts.push(headers.host));
  const socket = await connect(gateway, { host: 'evil.example.org:3002' });
  expect(hosts).toEqual(['evil.example.org:3002']);
  const id = upstream.names[0] as string;
  expect((await ask('POST', id, 'hello')).status).toBe(200);
  const address = `http://127.0.0.1:${gateway.port}/@connections/${encodeURIComponent(id)}`;
  for (const method of ['POST', 'DELETE']) {
    const posted = await fetch(address, { method, headers: { origin: 'http://localhost:3002' } });
    expect(posted.status).toBe(403);
  }
  expect(socket.heard).toEqual(['hello']);
});
