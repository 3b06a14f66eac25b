import { randomBytes } from 'node:crypto';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { ManualClock } from '../../lib/memory/manual-clock.ts';
import { parseCapabilities } from '../../lib/protocol/capabilities.ts';
import { NO_COMPRESSION } from '../../lib/protocol/compression.ts';
import type { Session } from '../../lib/protocol/session.ts';
import { connectRedis, type RedisClient } from '../../lib/redis/client.ts';
import { RedisScratch } from '../../lib/redis/scratch.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { endExpired, revoke } from '../../lib/sync/end-sessions.ts';
import { ReadsInTurn } from '../../lib/sync/reads-in-turn.ts';
import { sweep } from '../../lib/sync/sweep.ts';
import { portOf } from '../faults/tcp-proxy.ts';
import { answered, PLAIN } from '../frames.ts';
import { WatchedBus } from '../unit/sync/watched-bus.ts';
import { WatchedGateway } from '../unit/sync/watched-gateway.ts';
import { WatchedLimiter } from '../unit/sync/watched-limiter.ts';
import { connection, event } from '../unit/sync/world.ts';
import { LosingProxy } from './losing-proxy.ts';
import { adapters, redisUnderTest } from './redis.ts';

const granted = (subscribe: readonly string[], issued: number, expires: number | null = null): Session => ({
  issued,
  expires,
  grants: { subscribe: [...subscribe], publish: ['**'] },
});
const ALICE = {
  ...connection('A', 'alice', granted(['**'], 1)),
  capabilities: parseCapabilities('chunk,compression'),
};
const TEXTS = ['a', 'b:*', '/c/', 'n'];

const raise = (error: unknown): never => {
  throw error;
};

/** What the service does, over one client of Redis. */
const service = (client: RedisClient, prefix: string) => {
  const redis = adapters(client, prefix);
  const gateway = new WatchedGateway();
  gateway.found = () => 'gone';
  const world = {
    ...redis,
    gateway,
    scratch: new RedisScratch(client, redis.keys),
    limiter: new WatchedLimiter(),
    bus: new WatchedBus(),
    clock: systemClock,
    compression: { ...NO_COMPRESSION, enabled: true },
    encoder: PLAIN,
    reads: new ReadsInTurn(),
    authenticator: { identify: async () => ({ user: 'alice', admin: false, session: granted(['a'], 2) }) },
    limits: { messageSize: 1_000_000, subscriptions: 10, patterns: 1_000 },
    replay: { enabled: true, retention: 60_000, batchSize: 2, maxEvents: 100 },
    onAnswered: () => undefined,
    onFailure: raise,
  };
  return {
    ...world,
    /** Sends a frame of Alice’s. */
    send: async (frame: object) => {
      const frames = await answered(world, ALICE, JSON.stringify(frame));
      return frames.map((text) => JSON.parse(text) as Record<string, unknown>);
    },
  };
};

type Service = ReturnType<typeof service>;

const subscribed = async ({ directory, send }: Service): Promise<void> => {
  await directory.open(ALICE);
  await send({ type: 'subscribe', requestId: 0, channels: ['a'], patterns: ['b:*', '/c/'] });
};

const BROADCAST = JSON.stringify({ type: 'broadcast', requestId: 1, channel: 'a', data: 'x'.repeat(100) });
const PIECES = [0, 1, 2].map((index) => ({
  type: 'chunk',
  id: 'k',
  index,
  total: 3,
  data: BROADCAST.slice(50 * index, index === 2 ? undefined : 50 * (index + 1)),
}));

/** What is done beforehand, and what is done while a reply is lost; what that answers is compared. */
const CONVERSATIONS: Readonly<
  Record<string, { before?: (service: Service) => Promise<unknown>; during: (service: Service) => Promise<unknown> }>
> = {
  'a connection that opens': { during: ({ directory }) => directory.open(ALICE) },
  'a subscribe, with state and replay': {
    before: async (service) => {
      await service.directory.open(ALICE);
      await service.history.append([event('a', '1'), event('a', '2')]);
    },
    during: ({ send }) =>
      send({
        ...{ type: 'subscribe', requestId: 1, channels: ['a', 'n'], patterns: ['b:*', '/c/'] },
        options: { sendInitialState: true, replayEvents: true, replaySince: 0 },
      }),
  },
  'an unsubscribe': {
    before: subscribed,
    during: ({ send }) => send({ type: 'unsubscribe', requestId: 1, channels: ['a', 'never'], patterns: ['/c/'] }),
  },
  'a broadcast in chunks': {
    before: ({ directory }) => directory.open(ALICE),
    during: async ({ send, bus }) => {
      const answers: unknown[] = [];
      for (const piece of PIECES) answers.push(await send(piece));
      return { answers, published: bus.published.map(({ data }) => data) };
    },
  },
  'chunks of a message that is too large': {
    before: ({ directory }) => directory.open(ALICE),
    during: async ({ scratch }) => {
      const outcomes: unknown[] = [];
      for (const index of [0, 1]) {
        const chunk = { type: 'chunk', requestId: undefined, id: 'k', index, total: 3, data: 'x'.repeat(60) } as const;
        outcomes.push(await scratch.addChunk('A', chunk, 100));
      }
      return outcomes;
    },
  },
  'compression that is switched': {
    before: subscribed,
    during: ({ send }) => send({ type: 'compression', requestId: 1, enable: false }),
  },
  'another session': { before: subscribed, during: ({ send }) => send({ type: 'auth', requestId: 1, token: 't' }) },
  'a replay in pages': {
    before: async (service) => {
      await subscribed(service);
      await service.history.append([1, 2, 3, 4, 5].map((n) => event('a', `${n}`)));
    },
    during: async ({ send }) => {
      const pages: unknown[] = [];
      let next: unknown;
      do {
        const from = next === undefined ? { since: 0 } : { cursor: next };
        const [page] = await send({ type: 'replay', requestId: 1, limit: 2, ...from });
        pages.push(page);
        next = page?.['next'];
      } while (next != null);
      return pages;
    },
  },
  'a ping with positions': {
    before: async (service) => {
      await subscribed(service);
      await service.history.append([event('a', '1')]);
    },
    during: ({ send }) => send({ type: 'ping', requestId: 1, positions: { a: { offset: 0, epoch: 'e' } } }),
  },
  'a ticket': {
    during: async ({ scratch }) => {
      const ticket = await scratch.issueTicket({ user: 'alice', admin: false, session: ALICE.session });
      return [await scratch.redeemTicket(ticket), await scratch.redeemTicket(ticket)];
    },
  },
  'the end of a connection': { before: subscribed, during: ({ directory }) => directory.close('A') },
  'a revocation': {
    before: subscribed,
    during: async (service) => [
      await revoke({ ...service, clockTolerance: 0 }, 'alice'),
      await service.directory.isRevoked('alice', ALICE.session),
    ],
  },
  'sessions that have ended': {
    before: async ({ directory }) => {
      await directory.open({ ...ALICE, session: granted(['**'], 1, 1_000) });
      await directory.open({ ...ALICE, id: 'B', session: granted(['**'], 1, systemClock.now() + 3_600_000) });
    },
    during: (service) => endExpired(service),
  },
  'a sweep': {
    before: subscribed,
    during: async ({ directory, subscriptions, gateway }) => {
      const clock = new ManualClock();
      clock.time = systemClock.now() + 660_000;
      const world = { directory, subscriptions, gateway, clock, endpoint: 'http://own', quiet: 0 };
      return sweep(world, Number.POSITIVE_INFINITY);
    },
  },
};

/** What differs from one run to the next by itself. */
const RANDOM = new Set(['time', 'timestamp', 'epoch', 'next', 'ticket']);

const UUID = /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g;

const masked = (answers: unknown): unknown => {
  const mask = (key: string, value: unknown) => (RANDOM.has(key) && value != null ? `some ${key}` : value);
  return JSON.parse(JSON.stringify(answers ?? null, mask).replace(UUID, 'some id'));
};

/** What is left to be seen afterwards, by others. */
const seen = async ({ subscriptions, directory }: Service) => ({
  held: [...(await subscriptions.held('A'))].sort(),
  listeners: await subscriptions.listeners(TEXTS.map((text) => ({ text, after: undefined }))),
  registry: (await subscriptions.changes(undefined)).added.map((entry) => JSON.stringify(entry)).sort(),
  found: (await directory.find({ ...ALICE, session: granted([], 0) })) ?? 'revoked',
  due: (await directory.due(Number.MAX_SAFE_INTEGER, 10)).map(({ id }) => id).sort(),
});

describe('[B-7] a reply of Redis that is lost with its connection', () => {
  it.each(Object.entries(CONVERSATIONS))(
    'changes nothing, whichever it is, of %s',
    async (_, { before, during }) => {
      const { client: direct } = redisUnderTest();
      const proxy = await LosingProxy.before(portOf(inject('redisUrl')));
      const client = connectRedis({ url: `redis://127.0.0.1:${proxy.port}`, cluster: false }, () => undefined);
      onTestFinished(async () => {
        client.disconnect();
        await proxy.stop();
      });

      /** @param nth - which reply is lost. */
      const run = async (nth: number) => {
        const prefix = `test-${randomBytes(6).toString('hex')}:`;
        const beside = service(direct, prefix);
        await before?.(beside);
        await client.ping();
        const through = service(client, prefix);
        proxy.lose(nth);
        const answers = await during(through);
        const isLost = proxy.spare();
        const { numbers } = through.meter;
        const outcome = masked({ answers, counted: [...numbers].sort(), ...(await seen(beside)) });
        return { outcome, isLost };
      };

      // Every step is known to the server before.
      await run(Number.POSITIVE_INFINITY);
      const { outcome: undisturbed } = await run(Number.POSITIVE_INFINITY);
      let nth = 0;
      for (; ; nth++) {
        const { outcome, isLost } = await run(nth);
        expect({ nth, outcome }).toEqual({ nth, outcome: undisturbed });
        if (!isLost) break;
      }
      expect(nth).toBeGreaterThan(0);
    },
    60_000,
  );
});
