import { deflateSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import type { MemorySubscriptions } from '../../../lib/memory/subscriptions.ts';
import type { Caller } from '../../../lib/ports/connection.ts';
import { DependencyAway } from '../../../lib/ports/dependency.ts';
import type { Identity } from '../../../lib/ports/identity.ts';
import type { Session } from '../../../lib/protocol/session.ts';
import { answered } from '../../frames.ts';
import type { WatchedBus } from './watched-bus.ts';
import type { WatchedGateway } from './watched-gateway.ts';
import type { WatchedLimiter } from './watched-limiter.ts';
import { connection, event } from './world.ts';
import { type ReceivingWorld, receivingWorld } from './worlds.ts';

const NOW = new ManualClock().now();
const session = (subscribe: string[], publish: string[] = [], expires: number | null = NOW + 60_000): Session => ({
  issued: NOW - 1_000,
  expires,
  grants: { subscribe, publish },
});

let subscriptions: MemorySubscriptions;
let bus: WatchedBus;
let gateway: WatchedGateway;
let limiter: WatchedLimiter;
let identities: Map<string, Identity>;
let world: ReceivingWorld;

beforeEach(() => {
  identities = new Map();
  world = receivingWorld({
    authenticator: { identify: async (token) => identities.get(token) ?? 'forged' },
    limits: { messageSize: 10_000, subscriptions: 50, patterns: 1_000 },
    onFailure: () => undefined,
  });
  ({ subscriptions, bus, gateway, limiter } = world);
});

const send = async (caller: Caller, message: object) =>
  (await answered(world, caller, JSON.stringify(message))).map((frame) => JSON.parse(frame) as Record<string, unknown>);

const PUBLISHING = { type: 'broadcast', channel: 'a', data: 1 };

const compressedOf = (message: object) => ({
  type: 'compressed',
  encoding: 'deflate',
  data: deflateSync(JSON.stringify(message)).toString('base64'),
});

const chunkOf = (message: object) => ({ type: 'chunk', id: 'c', index: 0, total: 1, data: JSON.stringify(message) });

const refused = (code: string, extra: object = {}) => ({ type: 'error', error: { code, ...extra } });

describe('grants', () => {
  const alice = connection('A', 'alice', session(['user:alice:*', 'news'], ['chat:*', 'user:bob:inbox']));

  it.each([
    ['channels', 'user:bob:inbox'],
    ['channels', 'user:alice'],
    ['patterns', 'user:bob:inbox'],
    ['patterns', 'user:*:inbox'],
    ['patterns', 'user:alice:**'],
    ['patterns', 'user:al?ce:a'],
    ['patterns', 'user.alice.*'],
    ['patterns', '**'],
    ['patterns', 'n*'],
    ['patterns', 'new?'],
    ['patterns', '**:a'],
    ['patterns', '/news/'],
    ['patterns', '/user:alice:a/'],
  ])('[G-2] [G-3] refuses to subscribe to %s %s, whole', async (list, text) => {
    const answer = await send(alice, { type: 'subscribe', channels: ['news'], [list]: ['news', text] });
    expect(answer).toMatchObject([refused('FORBIDDEN', { message: expect.stringContaining(text) })]);
    expect(world.store.audiences.size).toBe(0);
  });

  it('[G-2] takes what is covered', async () => {
    const message = { type: 'subscribe', channels: ['news'], patterns: ['user:alice:*', 'user:alice:set?ings'] };
    expect(await send(alice, message)).toMatchObject([{ type: 'subscribed' }]);
  });

  it('[G-3] takes a regular expression under **', async () => {
    const anyone = connection('B', 'bob', session(['**']));
    expect(await send(anyone, { type: 'subscribe', patterns: ['/a.*/'] })).toMatchObject([{ type: 'subscribed' }]);
  });

  it.each([
    { channel: 'news' },
    { channel: 'chat' },
    { channel: 'chat:a:b' },
    { channel: 'user:carol:inbox', targetUsers: ['alice'] },
    { channel: 'user:carol:inbox', targetUsers: ['carol'] },
  ])('[G-4] refuses to broadcast %j', async (message) => {
    const answer = await send(alice, { type: 'broadcast', data: 1, ...message });
    expect(answer).toMatchObject([refused('FORBIDDEN', { message: expect.stringContaining(message.channel) })]);
    expect(bus.published).toEqual([]);
  });

  it.each([[['**']], [['$service:**', '**']]])(
    '[G-10] refuses to broadcast on a channel of its own, by %j',
    async (grants) => {
      const anyone = connection('B', 'bob', session(grants, grants));
      const answer = await send(anyone, { type: 'broadcast', channel: '$service:connections', data: 1 });
      expect(answer).toMatchObject([
        refused('FORBIDDEN', { message: expect.stringContaining('$service:connections') }),
      ]);
      expect(bus.published).toEqual([]);
    },
  );

  it('[G-10] lets in to a channel of its own who is granted it by name, and nobody else', async () => {
    const message = { type: 'subscribe', channels: ['$service:connections'] };
    expect(await send(connection('B', 'bob', session(['**'])), message)).toMatchObject([refused('FORBIDDEN')]);
    const named = connection('C', 'carol', session(['$service:connections']));
    expect(await send(named, message)).toMatchObject([{ type: 'subscribed' }]);
  });

  it('[G-4] an ack is the same whether or not those addressed exist', async () => {
    const message = { type: 'broadcast', channel: 'user:bob:inbox', id: 'x', data: 1 };
    const acks = [
      await send(alice, { ...message, targetUsers: ['bob'] }),
      await send(alice, { ...message, targetUsers: ['nobody at all'] }),
    ];
    expect(acks[0]).toEqual(acks[1]);
    expect(acks[0]).toEqual([{ type: 'ack', id: 'x' }]);
  });

  it('[G-5] a replay shows nothing beyond what is subscribed to, however it asks', async () => {
    await world.history.append([
      event('news', '1'),
      event('user:bob:inbox', '2'),
      event('news', '3', { targetUsers: ['bob'] }),
      event('news', '4', { targetUsers: ['alice'] }),
    ]);
    await send(alice, { type: 'subscribe', channels: ['news'] });
    const position = { offset: 0, epoch: 'e', private: { offset: 0, epoch: 'e' } };
    const questions = [
      { since: 0 },
      { since: 0, channels: ['user:bob:inbox', 'news'] },
      { positions: { 'user:bob:inbox': position, news: position } },
      { positions: { news: position }, since: 0 },
    ];
    for (const question of questions) {
      const [answer] = await send(alice, { type: 'replay', ...question });
      const events = answer?.['events'] as { id: string }[];
      expect(events.map(({ id }) => id)).toEqual(['1', '4']);
    }
  });

  it('[G-5] a cursor of a wider session shows no more than the narrower one may hear', async () => {
    await world.history.append([event('news', '1'), event('user:alice:a', '2'), event('user:alice:a', '3')]);
    await send(alice, { type: 'subscribe', channels: ['news'], patterns: ['user:alice:*'] });
    const [first] = await send(alice, { type: 'replay', since: 0, limit: 1 });
    identities.set('narrow', { user: 'alice', admin: false, session: session(['news']) });
    await send(alice, { type: 'auth', token: 'narrow' });
    const [rest] = await send(alice, { type: 'replay', cursor: first?.['next'] });
    expect(rest).toMatchObject({ type: 'replay', events: [] });
  });
});

describe('a session', () => {
  const alice = connection('A', 'alice', session(['**'], ['**']));

  it('[G-6] auth gives other grants and another end, and ends what these do not cover', async () => {
    await send(alice, { type: 'subscribe', channels: ['news'], patterns: ['user:alice:*', '/a/'] });
    identities.set('t', { user: 'alice', admin: false, session: session(['news'], [], NOW + 500) });
    const [answer] = await send(alice, { type: 'auth', requestId: 1, token: 't' });
    expect(answer).toMatchObject({ type: 'authenticated', requestId: 1, expires: NOW + 500 });
    expect(new Set(answer?.['ended'] as string[])).toEqual(new Set(['user:alice:*', '/a/']));
    expect(await subscriptions.held('A')).toEqual(['news']);
    // The gateway still repeats what was granted when it connected.
    expect(await send(alice, { type: 'subscribe', channels: ['a'] })).toMatchObject([refused('FORBIDDEN')]);
    expect(await send(alice, { type: 'broadcast', channel: 'a', data: 1 })).toMatchObject([refused('FORBIDDEN')]);
  });

  it('[G-6] a subscribe that was let in under the old session asks again under the new one', async () => {
    identities.set('t', { user: 'alice', admin: false, session: session(['news']) });
    let meanwhile = async (): Promise<unknown> => {
      meanwhile = async () => undefined;
      return send(alice, { type: 'auth', token: 't' });
    };
    const add = subscriptions.add.bind(subscriptions);
    subscriptions.add = async (...request) => {
      await meanwhile();
      return add(...request);
    };
    await world.directory.open(alice);
    expect(await send(alice, { type: 'subscribe', channels: ['secret'] })).toMatchObject([refused('UNAVAILABLE')]);
    expect(await subscriptions.held('A')).toEqual([]);
    expect(await send(alice, { type: 'subscribe', channels: ['secret'] })).toMatchObject([refused('FORBIDDEN')]);
    expect(await send(alice, { type: 'subscribe', channels: ['news'] })).toMatchObject([{ type: 'subscribed' }]);
  });

  it.each([
    ['one that is not believed', 'unknown'],
    ['another user’s', 'bob'],
  ])('[G-6] refuses the token: %s', async (_, token) => {
    identities.set('bob', { user: 'bob', admin: false, session: session(['**']) });
    expect(await send(alice, { type: 'auth', token })).toMatchObject([refused('INVALID_TOKEN')]);
    expect(await send(alice, { type: 'broadcast', channel: 'a', data: 1 })).toMatchObject([{ type: 'ack' }]);
    expect(gateway.closed).toEqual([]);
  });

  it.each([{ type: 'auth' }, { type: 'auth', token: 7 }, { type: 'auth', token: 'x'.repeat(16_385) }])(
    'refuses %j',
    async (message) => {
      world = { ...world, limits: { ...world.limits, messageSize: 100_000 } };
      expect(await send(alice, message)).toMatchObject([refused('INVALID_MESSAGE')]);
    },
  );

  it('[G-7] one that has ended is told so and closed, and nothing is done', async () => {
    const late = connection('A', 'alice', session(['**'], ['**'], NOW));
    expect(await send(late, { type: 'broadcast', channel: 'a', data: 1, requestId: 5 })).toEqual([]);
    expect(gateway.heard.get('A')).toMatchObject([{ ...refused('SESSION_EXPIRED'), requestId: 5 }]);
    expect(gateway.closed).toEqual(['A']);
    expect(bus.published).toEqual([]);
  });

  it.each<[string, object]>([
    ['an auth in the same batch', { type: 'batch', messages: [{ type: 'auth', token: 't' }, PUBLISHING] }],
    ['a malformed auth in the same batch', { type: 'batch', messages: [PUBLISHING, { type: 'auth' }] }],
    ['a batch that is an auth', { type: 'batch', messages: [{ type: 'auth', token: 't' }] }],
    ['a batch that is called an auth too', { type: 'batch', token: 't', auth: 1, messages: [PUBLISHING] }],
    ['compressed', compressedOf({ type: 'batch', messages: [{ type: 'auth', token: 't' }, PUBLISHING] })],
    ['in a chunk', chunkOf({ type: 'batch', messages: [{ type: 'auth', token: 't' }, PUBLISHING] })],
  ])('[G-7] one that has ended does nothing, whatever it sends beside what would renew it: %s', async (_, message) => {
    const capabilities = { batch: true, chunk: true, compression: true, matched: false };
    const late = { ...connection('A', 'alice', session(['**'], ['**'], NOW)), capabilities };
    identities.set('t', { user: 'alice', admin: false, session: session(['**'], ['**']) });
    expect(await send(late, message)).toEqual([]);
    expect(gateway.heard.get('A')).toMatchObject([refused('SESSION_EXPIRED')]);
    expect(gateway.closed).toEqual(['A']);
    expect(bus.published).toEqual([]);
  });

  it('[G-7] one that has ended can be renewed while it is not closed', async () => {
    const late = connection('A', 'alice', session(['**'], ['**'], NOW));
    identities.set('t', { user: 'alice', admin: false, session: session(['**'], ['**']) });
    expect(await send(late, { type: 'auth', token: 't' })).toMatchObject([{ type: 'authenticated' }]);
    expect(await send(late, { type: 'broadcast', channel: 'a', data: 1 })).toMatchObject([{ type: 'ack' }]);
  });

  it('[G-8] one that was revoked is told so and closed, whatever it sends', async () => {
    await world.directory.revoke('alice', NOW);
    identities.set('t', { user: 'alice', admin: false, session: session(['**']) });
    for (const message of [{ type: 'ping' }, { type: 'auth', token: 't' }])
      expect(await send(alice, message)).toEqual([]);
    expect(gateway.heard.get('A')).toMatchObject([refused('SESSION_REVOKED'), refused('SESSION_REVOKED')]);
    expect(gateway.closed).toEqual(['A', 'A']);
  });

  it('a gateway that is away does not keep it from being told', async () => {
    gateway.close = async () => {
      throw new DependencyAway('gateway', new Error('ECONNREFUSED'));
    };
    await world.directory.revoke('alice', NOW);
    expect(await send(alice, { type: 'ping' })).toEqual([]);
  });

  it('goes on as it was granted while Redis is away, but not beyond its end', async () => {
    world.directory.find = async () => {
      throw new DependencyAway('redis', new Error('ECONNREFUSED'));
    };
    expect(await send(alice, { type: 'broadcast', channel: 'a', data: 1 })).toMatchObject([{ type: 'ack' }]);
    const late = connection('A', 'alice', session(['**'], ['**'], NOW));
    // It may have been renewed; who is to know.
    expect(await send(late, { type: 'ping' })).toMatchObject([refused('UNAVAILABLE')]);
  });
});

describe('limits', () => {
  const alice = connection('A', 'alice');

  it.each<[string, unknown, Record<string, number>]>([
    ['a message', '{"type":"ping"}', { ping: 1 }],
    ['what is not JSON', '{', { '': 1 }],
    ['a binary frame', Buffer.from('{}'), { '': 1 }],
    ['no object', '[]', { '': 1 }],
    ['what is too large', JSON.stringify({ type: 'ping', x: 'x'.repeat(10_000) }), { '': 1 }],
    ['an unknown type', '{"type":"shout"}', { shout: 1 }],
    [
      'a batch',
      '{"type":"batch","messages":[{"type":"ping"},{"type":"broadcast"},{"type":"ping"},7]}',
      { ping: 2, broadcast: 1, '': 1 },
    ],
    ['an empty batch', '{"type":"batch","messages":[]}', { batch: 1 }],
  ])('[L-1] %s counts', async (_, frame, counted) => {
    await answered(world, alice, frame);
    expect(limiter.taken).toHaveLength(1);
    expect(limiter.taken[0]).toMatchObject({ connection: 'A', user: 'alice' });
    expect(Object.fromEntries(limiter.taken[0]?.messages ?? [])).toEqual(counted);
  });

  it('[L-2] what is beyond one is refused, says where and for how long, and has no effect', async () => {
    limiter.exceeded = { level: 'user', points: 3_000, duration: 60_000, retryAfter: 30_000, persistent: false };
    expect(await send(alice, { type: 'broadcast', channel: 'a', data: 1, requestId: 'r' })).toEqual([
      {
        type: 'error',
        requestId: 'r',
        error: {
          code: 'RATE_LIMIT_EXCEEDED',
          message:
            'Rate limit exceeded: user, 3000 messages of one user in 60 s; try again in 30 s. Raised by RATE_LIMIT_USER_POINTS',
          retryAfter: 30_000,
          type: 'user',
        },
      },
    ]);
    expect(bus.published).toEqual([]);
    expect(gateway.closed).toEqual([]);
  });

  it.each([
    ['connection', /^Rate limit exceeded: connection, 3000 messages of one connection in 60 s; .* RATE_LIMIT_POINTS$/],
    ['messageType', /messages of this type and one connection .* RATE_LIMIT_TYPES$/],
    ['backend', /3000 messages of one back-end in 60 s; try again in 2 s. Raised by RATE_LIMIT_BACKEND_POINTS$/],
    ['global', /messages of everyone .* RATE_LIMIT_GLOBAL_POINTS$/],
  ] as const)('[L-2] what is beyond the limit %s is told what raises it', async (level, message) => {
    limiter.exceeded = { level, points: 3_000, duration: 60_000, retryAfter: 1_001, persistent: false };
    expect(await send(alice, { type: 'ping' })).toMatchObject([
      { error: { type: level, message: expect.stringMatching(message) } },
    ]);
  });

  it('[L-8] the frames of a back-end count as such, whatever they come wrapped in', async () => {
    const capabilities = { batch: true, chunk: true, compression: true, matched: false };
    const backEnd = { ...alice, capabilities, session: { ...alice.session, backEnd: true as const } };
    for (const frame of [{ type: 'ping' }, chunkOf({ type: 'batch', messages: [PUBLISHING, PUBLISHING] })]) {
      await answered(world, backEnd, JSON.stringify(frame));
    }
    expect(limiter.taken.map(({ backEnd }) => backEnd)).toEqual(['claimed', 'claimed', 'claimed']);
  });

  it('[L-4] who persists is told and closed', async () => {
    limiter.exceeded = { level: 'connection', points: 3_000, duration: 60_000, retryAfter: 30_000, persistent: true };
    expect(await send(alice, { type: 'ping' })).toEqual([]);
    expect(gateway.heard.get('A')).toMatchObject([refused('RATE_LIMIT_EXCEEDED')]);
    expect(gateway.closed).toEqual(['A']);
  });
});
