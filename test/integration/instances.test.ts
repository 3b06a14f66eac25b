import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { ApiGateway } from '../../lib/gateway/api-gateway.ts';
import { plainEncoder } from '../../lib/gateway/frames.ts';
import { PooledTransport } from '../../lib/gateway/transport.ts';
import { CONNECTION_LIFETIME } from '../../lib/ports/directory.ts';
import { NO_CAPABILITIES } from '../../lib/protocol/capabilities.ts';
import { openSession } from '../../lib/protocol/session.ts';
import { Audience } from '../../lib/sync/audience.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { fanOut } from '../../lib/sync/fan-out.ts';
import { sweep } from '../../lib/sync/sweep.ts';
import { welcome } from '../../lib/sync/welcome.ts';
import { PLAIN } from '../frames.ts';
import { WatchedBus } from '../unit/sync/watched-bus.ts';
import { event } from '../unit/sync/world.ts';
import { incoming } from '../unit/sync/worlds.ts';
import { redisUnderTest } from './redis.ts';

const PATIENCE = 30_000;
/** Milliseconds one post may take, so that the test need not wait long for one that is never answered. */
const REQUEST_TIMEOUT = 500;

/** An instance whose name is gone: its container was removed. */
const nameless = async (): Promise<string> => 'http://no-such-instance.invalid:3001';

/** An instance that is frozen: the machine takes connections, and nobody answers. */
const frozen = async (): Promise<string> => {
  const server = createTcpServer((socket) => socket.on('error', () => undefined));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** Two listeners of one channel: one at an instance that answers, and one at another that does not. */
const listening = async (other: string) => {
  const posted: string[] = [];
  const server = createServer((request, response) => {
    posted.push(request.url?.split('/').at(-1) ?? '');
    request.resume().on('end', () => response.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const redis = redisUnderTest();
  const callerOf = (id: string, endpoint: string) => ({
    ...{ id, user: id, endpoint, capabilities: NO_CAPABILITIES },
    session: openSession(0),
  });
  for (const caller of [callerOf('mine', own), callerOf('theirs', other)]) {
    await redis.directory.open(caller);
    await redis.subscriptions.add(caller, [{ text: 'news', found: 'by-name' }], 10);
  }
  const gateway = new ApiGateway({ endpoint: own, region: 'us-east-1', credentials: undefined }, systemClock, {
    transport: new PooledTransport(REQUEST_TIMEOUT),
    leases: redis.leases,
  });
  onTestFinished(() => gateway.end());
  const world = {
    ...redis,
    gateway,
    audience: new Audience(redis.subscriptions, 10, () => undefined),
    parking: new WatchedBus(),
    clock: systemClock,
    encoder: PLAIN,
  };
  return {
    ...world,
    posted,
    own,
    callerOf,
    fan: () => fanOut(world, incoming(event('news', `${posted.length}`)), systemClock.elapsed() + PATIENCE),
    sweep: () => sweep({ ...world, endpoint: own, quiet: 0 }, Number.POSITIVE_INFINITY),
    /** The instance was alive until a minute ago. */
    end: () => redis.client.set(redis.keys.lease(other), '', 'PX', CONNECTION_LIFETIME - 60_000),
    /** Has everything come up that is to be looked for. */
    due: () => redis.client.zadd(redis.keys.due, 0, 'mine', 0, 'theirs'),
  };
};

const KINDS = [
  ['whose name is gone', nameless],
  ['that is frozen', frozen],
] as const;

it.each(KINDS)(
  '[E-7] an instance %s fails no batch, and its listener is closed after its patience',
  async (_, start) => {
    const other = await start();
    const { fan, leases, posted, ...world } = await listening(other);
    await leases.renew(other);
    expect(await fan()).toMatchObject({ taken: 1, stuck: 1, gone: 0 });
    expect(await fan()).toMatchObject({ taken: 1, stuck: 0, gone: 0 });
    expect(posted).toEqual(['mine', 'mine']);
    expect(await world.directory.unclosed(10)).toMatchObject([{ id: 'theirs' }]);
  },
);

it.each(KINDS)('[S-8] the connections of an instance %s are gone once its lease has ended', async (_, start) => {
  const { fan, end, sweep, due, posted, ...world } = await listening(await start());
  await end();
  expect(await fan()).toMatchObject({ taken: 1, stuck: 0, gone: 1 });
  expect(posted).toEqual(['mine']);
  expect(await world.subscriptions.count('theirs')).toBe(0);
});

it.each(KINDS)(
  '[S-8] the sweeper removes the connections of an instance %s once its lease has ended',
  async (_, start) => {
    const { end, sweep, due, ...world } = await listening(await start());
    await due();
    // Within its lease, or where it never had one, it may only be slow.
    expect(await sweep()).toMatchObject({ open: 1, gone: 0, unknown: 1 });
    await due();
    await end();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await sweep()).toMatchObject({ open: 1, gone: 1 });
    expect(await world.subscriptions.count('theirs')).toBe(0);
  },
);

it.each(KINDS)('[C-1] an instance %s keeps no other from being greeted', async (_, start) => {
  const { gateway, callerOf, own, posted, clock } = await listening(await start());
  const other = await start();
  const greeted = [callerOf('theirs', other), callerOf('mine', own)].map((caller) => ({ ...caller, expires: null }));
  const settings = {
    limits: { messageSize: 1_000, heartbeatInterval: 1_000, subscriptions: 10 },
    replay: { enabled: true, maxEvents: 10 },
    compression: { enabled: false },
    rateLimits: { enabled: false, duration: 1_000, points: { connection: 1, user: 1, global: 1 }, backEnd: 1 },
  };
  await welcome({ gateway, encoder: plainEncoder(), clock, ...settings }, greeted);
  expect(posted).toEqual(['mine']);
});
