import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { ApiGateway } from '../../lib/gateway/api-gateway.ts';
import { MemoryMeter } from '../../lib/memory/meter.ts';
import type { Connection } from '../../lib/ports/connection.ts';
import { DependencyAway } from '../../lib/ports/dependency.ts';
import { patienceOf } from '../../lib/ports/gateway.ts';
import { NO_CAPABILITIES } from '../../lib/protocol/capabilities.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { deliverAlone } from '../unit/sync/worlds.ts';

const FRAME = new TextEncoder().encode('{"type":"event"}');
/** Milliseconds for what is to succeed; what is to fail has less. */
const PATIENCE = 20_000;
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };

interface Request {
  readonly method: string | undefined;
  readonly id: string;
  readonly signed: boolean;
}

/** What the gateway in the test answers with: a status, or later. */
let answer: (request: Request) => number | Promise<number>;
let requests: Request[];
let endpoint: string;

const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  await request.resume().toArray();
  const id = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
  const told = {
    method: request.method,
    id,
    signed: request.headers['authorization']?.startsWith('AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/') ?? false,
  };
  requests.push(told);
  const status = await answer(told);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(request.method === 'GET' && status === 200 ? '{"connectedAt":"2026-01-01T00:00:00Z"}' : undefined);
};

beforeEach(async () => {
  answer = () => 200;
  requests = [];
  const server = createServer((request, response) => void serve(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
});

const gatewayOf = (credentials: typeof CREDENTIALS | undefined = CREDENTIALS): ApiGateway => {
  const settings = { endpoint, region: 'us-east-1', credentials: credentials && (() => credentials) };
  const gateway = new ApiGateway(settings, systemClock);
  onTestFinished(() => gateway.end());
  return gateway;
};

const connection = (id: string, at = endpoint): Connection => ({
  id,
  user: 'alice',
  endpoint: at,
  capabilities: NO_CAPABILITIES,
});

describe('a post', () => {
  it('is signed, and taken', async () => {
    expect(await gatewayOf().post(connection('a='), FRAME, patienceOf(PATIENCE))).toBe('taken');
    expect(requests).toEqual([{ method: 'POST', id: 'a=', signed: true }]);
  });

  it('is tried again while it is refused for a reason that passes', async () => {
    const statuses = [429, 500, 503, 200];
    answer = () => statuses.shift() as number;
    expect(await gatewayOf().post(connection('a'), FRAME, patienceOf(PATIENCE))).toBe('taken');
    expect(requests).toHaveLength(4);
  });

  it('finds that a connection is gone, also where the process that held it is', async () => {
    answer = () => 410;
    expect(await gatewayOf().post(connection('a'), FRAME, patienceOf(PATIENCE))).toBe('gone');
    expect(await gatewayOf().post(connection('a', 'http://127.0.0.1:1'), FRAME, patienceOf(PATIENCE))).toBe('gone');
  });

  it('finds that a connection is stuck, whose client takes nothing', async () => {
    answer = () => 429;
    expect(await gatewayOf().post(connection('a'), FRAME, patienceOf(100))).toBe('stuck');
    expect(requests.every(({ signed }) => signed)).toBe(true);
  });

  it.each([
    ['is never answered', () => new Promise<number>(() => undefined)],
    ['is refused with 403', () => 403],
    ['fails', () => 500],
  ])('finds that a connection is stuck, alone of which every post %s', async (_, answered) => {
    answer = ({ id }) => (id === 'a' ? answered() : id === 'b' ? 200 : 410);
    const gateway = gatewayOf();
    const [a, b] = await Promise.all([
      gateway.post(connection('a'), FRAME, patienceOf(100)),
      gateway.post(connection('b'), FRAME, patienceOf(100)),
    ]);
    expect([a, b]).toEqual(['stuck', 'taken']);
  });

  it('does not take it for a fault of the clients that the quota refuses everything', async () => {
    answer = () => 429;
    const gateway = gatewayOf();
    // Long enough for all to be refused before the patience of the first ends, however busy the machine is.
    const until = systemClock.elapsed() + 6_000;
    const posts = Array.from({ length: 40 }, (_, i) =>
      gateway.post(connection(`c${i}`), FRAME, { left: 2_000, until }),
    );
    const posted = await Promise.allSettled(posts);
    expect(posted.map((each) => each.status === 'rejected' && each.reason)).toEqual(
      posted.map(() => expect.any(DependencyAway)),
    );
  });

  it('is not tried beyond what is left of the batch', async () => {
    answer = () => 503;
    const until = systemClock.elapsed() + 200;
    const post = gatewayOf().post(connection('a'), FRAME, { left: PATIENCE, until });
    await expect(post).rejects.toThrow(DependencyAway);
    const tried = requests.length;
    expect(tried).toBeGreaterThan(1);
    expect(tried).toBeLessThan(8);
  });

  it('does not take it for a fault of the client that the service is not let in, or the gateway is away', async () => {
    answer = () => 403;
    await expect(gatewayOf().post(connection('a'), FRAME, patienceOf(100))).rejects.toThrow(DependencyAway);
    endpoint = 'http://127.0.0.1:1';
    await expect(gatewayOf().post(connection('a'), FRAME, patienceOf(100))).rejects.toThrow(DependencyAway);
  });
});

describe('one that does not answer', () => {
  it('holds up nobody else', async () => {
    const hanging = Promise.withResolvers<number>();
    answer = ({ id }) => (id.startsWith('slow') ? hanging.promise : 200);
    const ids = Array.from({ length: 600 }, (_, i) => (i % 3 === 0 ? `slow${i}` : `c${i}`));
    const others = ids.filter((id) => id.startsWith('c'));
    const heard = Promise.withResolvers<void>();
    const gateway = gatewayOf();
    const post = gateway.post.bind(gateway);
    const taken = new Set<string>();
    gateway.post = async (to, frame, patience) => {
      const posted = await post(to, frame, patience);
      if (posted === 'taken') taken.add(to.id);
      if (others.every((id) => taken.has(id))) heard.resolve();
      return posted;
    };
    const directory = { because: async () => undefined, close: async () => undefined, leave: async () => undefined };
    async function* pages() {
      yield ids.map((id) => ({ connection: connection(id), frames: [FRAME], events: 1 }));
    }
    const delivery = deliverAlone(
      { gateway, directory, clock: systemClock, meter: new MemoryMeter() },
      pages(),
      systemClock.elapsed() + 20_000,
    );
    await heard.promise;
    expect(taken.size).toBe(others.length);
    hanging.resolve(200);
    expect(await delivery).toMatchObject({ taken: 600, gone: 0, stuck: 0 });
  });
});

describe('a close that fails', () => {
  it.each([
    ['is refused with 403', () => 403],
    ['is never answered', () => new Promise<number>(() => undefined)],
  ])('[E-7] fails no batch where it %s', async (_, answered) => {
    answer = ({ method, id }) => (method === 'DELETE' ? answered() : id === 'stuck' ? 429 : 200);
    async function* pages() {
      yield ['stuck', 'b'].map((id) => ({ connection: connection(id), frames: [FRAME], events: 1 }));
    }
    const left: string[] = [];
    const directory = {
      because: async () => undefined,
      close: async () => undefined,
      leave: async ({ id }: { id: string }) => void left.push(id),
    };
    const world = { gateway: gatewayOf(), directory, clock: systemClock, meter: new MemoryMeter() };
    expect(await deliverAlone(world, pages(), systemClock.elapsed() + PATIENCE)).toMatchObject({ taken: 1, stuck: 1 });
    expect(left).toEqual(['stuck']);
  });
});

describe('a socket', () => {
  it('is looked for, and closed, by the AWS SDK', async () => {
    const gateway = gatewayOf();
    expect(await gateway.find(connection('a'))).toBe('open');
    answer = () => 204;
    await gateway.close(connection('a'));
    expect(requests).toEqual([
      { method: 'GET', id: 'a', signed: true },
      { method: 'DELETE', id: 'a', signed: true },
    ]);
  });

  it('that is closed already is closed, and not found', async () => {
    answer = () => 410;
    const gateway = gatewayOf(undefined);
    await gateway.close(connection('a'));
    expect(await gateway.find(connection('a'))).toBe('gone');
    answer = () => 426;
    expect(await gateway.find(connection('a'))).toBe('unknown');
  });

  it('of a gateway that never answers cannot be told open or closed, and nobody waits for that', async () => {
    answer = () => new Promise(() => undefined);
    const gateway = gatewayOf();
    const [found, closed] = await Promise.allSettled([gateway.find(connection('a')), gateway.close(connection('a'))]);
    expect(found).toMatchObject({ status: 'rejected', reason: expect.any(DependencyAway) });
    expect(closed).toMatchObject({ status: 'rejected', reason: expect.any(DependencyAway) });
    expect(requests).toHaveLength(2);
  });

  it('of a gateway that is away cannot be told open or closed; of another process that is gone it is closed', async () => {
    endpoint = 'http://127.0.0.1:1';
    await expect(gatewayOf().find(connection('a'))).rejects.toThrow(DependencyAway);
    await expect(gatewayOf().close(connection('a'))).rejects.toThrow(DependencyAway);
    expect(await gatewayOf().find(connection('a', 'http://127.0.0.1:2'))).toBe('gone');
  });
});
