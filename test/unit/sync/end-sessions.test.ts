import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { MemoryScratch } from '../../../lib/memory/scratch.ts';
import { DependencyAway } from '../../../lib/ports/dependency.ts';
import type { Identity } from '../../../lib/ports/identity.ts';
import { ProtocolError } from '../../../lib/protocol/errors.ts';
import type { Position } from '../../../lib/protocol/position.ts';
import type { Session } from '../../../lib/protocol/session.ts';
import { answerWorkOf } from '../../../lib/protocol/toll.ts';
import { endExpired, revoke } from '../../../lib/sync/end-sessions.ts';
import { fetchEvent } from '../../../lib/sync/fetch-event.ts';
import { issueTicket } from '../../../lib/sync/issue-ticket.ts';
import { publish } from '../../../lib/sync/publish.ts';
import { receive } from '../../../lib/sync/receive.ts';
import { WatchedBus } from './watched-bus.ts';
import type { WatchedGateway } from './watched-gateway.ts';
import { WatchedLimiter } from './watched-limiter.ts';
import { connection, event } from './world.ts';
import { type ReceivingWorld, receivingWorld } from './worlds.ts';

const NOW = new ManualClock().now();
const session = (expires: number | null): Session => ({
  issued: NOW - 1_000,
  expires,
  grants: { subscribe: ['**'], publish: ['a:*'] },
});

let ports: ReceivingWorld;
let gateway: WatchedGateway;
let failures: unknown[];

beforeEach(async () => {
  ports = receivingWorld();
  ({ gateway } = ports);
  failures = [];
  await ports.directory.open(connection('A', 'alice', session(NOW - 1)));
  await ports.directory.open(connection('B', 'alice', session(NOW + 1)));
  await ports.directory.open(connection('C', 'bob', session(null)));
});

const world = () => ({
  ...ports,
  clockTolerance: 5_000,
  onFailure: (error: unknown) => failures.push(error),
});

const open = async () => {
  const page = await ports.directory.page(10, undefined);
  return page?.connections.map(({ id }) => id);
};

const away = (): never => {
  throw new DependencyAway('gateway', new Error('ECONNREFUSED'));
};

describe('sessions that are over', () => {
  it('[G-7] those that have ended are told so, closed and removed, and no others', async () => {
    expect(await endExpired(world())).toBe(1);
    expect(gateway.heard.get('A')).toMatchObject([{ error: { code: 'SESSION_EXPIRED' } }]);
    expect(gateway.closed).toEqual(['A']);
    expect(await open()).toEqual(['B', 'C']);
    expect(await endExpired(world())).toBe(0);
  });

  it('[G-7] one that could not be told is found again', async () => {
    gateway.outcome = away;
    expect(await endExpired(world())).toBe(1);
    expect(failures).toHaveLength(1);
    gateway.outcome = () => 'taken';
    expect(await endExpired(world())).toBe(1);
    expect(gateway.closed).toEqual(['A']);
  });

  it('[G-7] one that was told and could not be closed hears nothing more, and its socket is left to the sweeper', async () => {
    gateway.closing = away;
    expect(await endExpired(world())).toBe(1);
    expect(gateway.heard.get('A')).toMatchObject([{ error: { code: 'SESSION_EXPIRED' } }]);
    expect(await open()).toEqual(['B', 'C']);
    expect(await endExpired(world())).toBe(0);
    expect(await ports.directory.unclosed(10)).toMatchObject([{ id: 'A' }]);
    expect(await revoke(world(), 'bob')).toBe(1);
    expect(await open()).toEqual(['B']);
  });

  it('[G-8] one that is gone already is removed', async () => {
    gateway.outcome = () => 'gone';
    expect(await revoke(world(), 'alice')).toBe(2);
    expect(await open()).toEqual(['C']);
    expect(gateway.closed).toEqual([]);
  });

  it('[G-8] what was issued up to now is over by any clock that may be ahead', async () => {
    const issuedAt = (issued: number) => ({ ...session(null), issued });
    await revoke(world(), 'alice');
    expect(await ports.directory.isRevoked('alice', issuedAt(NOW + 5_000))).toBe(true);
    expect(await ports.directory.isRevoked('alice', issuedAt(NOW + 5_001))).toBe(false);
  });

  it('[G-8] revoking while the gateway is away is said, holds all the same, and can be repeated', async () => {
    gateway.outcome = away;
    await expect(revoke(world(), 'alice')).rejects.toThrow(DependencyAway);
    expect(await ports.directory.find(connection('A', 'alice', session(null)))).toBeUndefined();
    gateway.outcome = () => 'taken';
    expect(await revoke(world(), 'alice')).toBe(2);
    expect(new Set(gateway.closed)).toEqual(new Set(['A', 'B']));
    expect(await revoke(world(), 'nobody')).toBe(0);
  });
});

describe('events published over HTTP', () => {
  const shop: Identity = { user: 'shop', admin: false, session: session(null) };
  const good = { channel: 'a:b', data: { n: 1 } };
  const limits = { messageSize: 1_000 };

  it('[H-2] are those of the user, named after the request where they have no id', async () => {
    const bus = new WatchedBus();
    const limiter = new WatchedLimiter();
    const events = [good, { ...good, id: 'own', priority: 'high', targetUsers: ['alice'] }];
    const done = await publish(
      { bus, limiter, limits, clock: new ManualClock() },
      shop,
      JSON.stringify({ events }),
      'order-7',
    );
    expect(done).toEqual(['order-7:0', 'own']);
    expect(bus.published).toMatchObject([
      { id: 'order-7:0', userId: 'shop', priority: 'normal' },
      { id: 'own', userId: 'shop', priority: 'high', targetUsers: ['alice'] },
    ]);
    expect(limiter.taken).toEqual([
      {
        ...{
          connection: undefined,
          user: 'shop',
          backEnd: 'unclaimed',
          messages: new Map([['broadcast', 2]]),
          work: 0,
        },
        kept: { stored: expect.any(Number), passing: 0 },
      },
    ]);
  });

  it('[L-8] count for their back-end alone where its token says that it is one', async () => {
    const limiter = new WatchedLimiter();
    const backEnd = { ...shop, session: { ...shop.session, backEnd: true as const } };
    const world = { bus: new WatchedBus(), limiter, limits, clock: new ManualClock() };
    await publish(world, backEnd, JSON.stringify({ events: [good] }), undefined);
    await issueTicket({ ...ports, limiter, scratch: new MemoryScratch(ports.store) }, backEnd);
    expect(limiter.taken.map(({ backEnd }) => backEnd)).toEqual(['claimed', 'claimed']);
  });

  it.each<[string, unknown, string]>([
    ['nothing', null, 'INVALID_MESSAGE'],
    ['no list', { events: 'all' }, 'INVALID_MESSAGE'],
    ['no objects', { events: [1] }, 'INVALID_MESSAGE'],
    [
      'another type that is smuggled in',
      { events: [{ ...good, type: 'auth', token: 'x', channel: 7 }] },
      'INVALID_MESSAGE',
    ],
    ['a channel that is none', { events: [good, { ...good, channel: 'a::b' }] }, 'INVALID_CHANNEL'],
    ['one that is too large', { events: [good, { ...good, data: Array(50).fill(1e20) }] }, 'MESSAGE_TOO_LARGE'],
    ['[G-10] a channel of the service’s own', { events: [good, { ...good, channel: '$service:a' }] }, 'FORBIDDEN'],
    ['a channel beyond the grants', { events: [good, { ...good, channel: 'b' }] }, 'FORBIDDEN'],
  ])('[H-2] refuses %s, whole', async (_, body, code) => {
    const bus = new WatchedBus();
    const world = { bus, limiter: new WatchedLimiter(), limits, clock: new ManualClock() };
    const refusal = await publish(world, shop, JSON.stringify(body), undefined).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ProtocolError);
    expect((refusal as ProtocolError).code).toBe(code);
    expect(bus.published).toEqual([]);
  });

  it('[L-2] are held to the limits before they are looked at', async () => {
    const limiter = new WatchedLimiter();
    limiter.exceeded = { level: 'user', points: 3_000, duration: 60_000, retryAfter: 5_000, persistent: true };
    const world = { bus: new WatchedBus(), limiter, limits, clock: new ManualClock() };
    await expect(publish(world, shop, '{"events":"all"}', undefined)).rejects.toMatchObject({
      code: 'RATE_LIMIT_EXCEEDED',
      retryAfter: 5_000,
    });
  });
});

describe('why a connection is closed whose frame is refused', () => {
  const limit = { level: 'user', points: 1, duration: 60_000, retryAfter: 5_000, persistent: true } as const;

  it.each([
    ['A', 'expired', undefined],
    ['C', 'revoked', undefined],
    ['C', 'limits', limit],
  ])('[V-3] is noted of %s: %s', async (id, reason, exceeded) => {
    const because = vi.spyOn(ports.directory, 'because');
    const leave = vi.spyOn(ports.directory, 'leave');
    gateway.closing = away;
    if (reason === 'revoked') await ports.directory.revoke('bob', NOW);
    ports.limiter.exceeded = exceeded;
    const caller = connection(id, 'bob', session(id === 'A' ? NOW - 1 : null));
    await receive({ ...ports, onFailure: (error) => failures.push(error) }, caller, '{"type":"ping"}');
    expect(because).toHaveBeenCalledWith(id, reason);
    expect(leave).toHaveBeenCalledWith(caller, reason);
    expect(failures).toMatchObject([{ dependency: 'gateway' }]);
  });
});

describe('what else is asked over HTTP', () => {
  const alice: Identity = { user: 'alice', admin: false, session: session(null) };
  const address = { channel: 'a', epoch: 'e', offset: 1, private: false };

  it.each<[string, () => Promise<unknown>]>([
    ['an event', () => fetchEvent(ports, alice, address)],
    ['a ticket', () => issueTicket({ ...ports, scratch: new MemoryScratch(ports.store) }, alice)],
  ])('[L-1] [L-2] %s counts for its user, and is refused beyond the limit', async (_, ask) => {
    await ask();
    expect(ports.limiter.taken[0]).toMatchObject({ connection: undefined, user: 'alice' });
    ports.limiter.exceeded = { level: 'user', points: 3_000, duration: 60_000, retryAfter: 5_000, persistent: false };
    const read = vi.spyOn(ports.history, 'read');
    await expect(ask()).rejects.toMatchObject({ code: 'RATE_LIMIT_EXCEEDED' });
    expect(read).not.toHaveBeenCalled();
    expect(ports.store.tickets.size).toBeLessThanOrEqual(1);
  });

  it.each([
    ['of another history', { epoch: 'another' }],
    ['that was appended at another place', { offset: 2 }],
    ['of somebody else', { private: true }],
  ])('[H-1] no event %s is given', async (_, other) => {
    await ports.history.append([event('a', '1')]);
    const { epoch } = (await ports.history.positions(['a'])).positions['a'] as Position;
    const there = { ...address, epoch };
    expect(await fetchEvent(ports, alice, { ...there, ...other })).toBeUndefined();
    const stored = (await ports.history.read([{ name: { channel: 'a' }, from: { since: 0 }, most: 1 }], {}))[0];
    vi.spyOn(ports.history, 'read').mockResolvedValue([stored as never]);
    expect(await fetchEvent(ports, alice, there)).toMatchObject({ id: '1' });
    if (!('private' in other)) expect(await fetchEvent(ports, alice, { ...there, ...other })).toBeUndefined();
  });

  it('[H-1] [L-11] of many events the one is read that is asked for, and one that is not there costs the look', async () => {
    await ports.history.append(['1', '2', '3', '4', '5'].map((id) => event('a', id)));
    const { epoch } = (await ports.history.positions(['a'])).positions['a'] as Position;
    const read = vi.spyOn(ports.history, 'read');
    const found = await Promise.all([5, 3, 1].map((offset) => fetchEvent(ports, alice, { ...address, epoch, offset })));
    expect(found.map((each) => each?.id)).toEqual(['5', '3', '1']);
    expect(read.mock.calls.flatMap(([requests]) => requests.map(({ most }) => most))).toEqual([1, 1, 1]);
    ports.limiter.owed = 0;
    expect(await fetchEvent(ports, alice, { ...address, epoch, offset: 6 })).toBeUndefined();
    expect(ports.limiter.owed).toBe(answerWorkOf(1, 0));
  });

  it('[L-11] [L-12] what is read of an event is paid by its user as soon as it was read', async () => {
    await ports.history.append([event('a', '1', { data: JSON.stringify('x'.repeat(2 ** 20)) })]);
    const { epoch } = (await ports.history.positions(['a'])).positions['a'] as Position;
    expect(await fetchEvent(ports, alice, { ...address, epoch })).toMatchObject({ id: '1' });
    expect(ports.limiter.owed).toBe(answerWorkOf(1, 2 ** 20 + 2));
    // With no messages of its own, and once it was read.
    expect(ports.limiter.taken.at(-1)).toMatchObject({ connection: undefined, user: 'alice', messages: new Map() });
  });
});
