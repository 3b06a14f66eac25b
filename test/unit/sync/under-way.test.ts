import { expect, it } from 'vitest';
import { DependencyAway } from '../../../lib/ports/dependency.ts';
import { parseCapabilities } from '../../../lib/protocol/capabilities.ts';
import { openSession } from '../../../lib/protocol/session.ts';
import { connect, HANDSHAKE } from '../../../lib/sync/connect.ts';
import { endExpired, revoke } from '../../../lib/sync/end-sessions.ts';
import { fanOut } from '../../../lib/sync/fan-out.ts';
import { fanOutOrPark } from '../../../lib/sync/fan-out-or-park.ts';
import { receive } from '../../../lib/sync/receive.ts';
import { sweep } from '../../../lib/sync/sweep.ts';
import { UnderWay } from './under-way.ts';
import { connection, event } from './world.ts';
import { fanningWorld, incoming, receivingWorld } from './worlds.ts';

const PORTS = ['directory', 'history', 'subscriptions', 'gateway', 'scratch', 'bus', 'limiter'] as const;

/** A service whose ports note what is under way, with a client that is subscribed. */
const serving = async () => {
  const underWay = new UnderWay();
  const plain = receivingWorld({ compression: { enabled: true } as never, onFailure: () => undefined });
  const alice = { ...connection('A', 'alice'), capabilities: parseCapabilities('batch,chunk,compression') };
  await plain.directory.open(alice);
  await plain.history.append([event('a', '1'), event('b', '2'), event('a', '3', { targetUsers: ['alice'] })]);
  await receive(plain, alice, JSON.stringify({ type: 'subscribe', channels: ['a'], patterns: ['b*', '/c/'] }));
  return { underWay, plain, alice, world: underWay.of(plain, ...PORTS) };
};

const away = (): never => {
  throw new DependencyAway('gateway', new Error('away'));
};

it.each<[string, object]>([
  ['subscribe', { channels: ['x'], patterns: ['y*', '/z/'], options: { sendInitialState: true } }],
  ['subscribe', { channels: ['x'], options: { replayEvents: true } }],
  ['unsubscribe', { channels: ['a'], patterns: ['b*', '/c/'] }],
  ['broadcast', { channel: 'a', data: 1 }],
  ['broadcast', { channel: 'a', data: 1, targetUsers: ['bob'] }],
  ['replay', { channels: ['a'], patterns: ['b*'] }],
  ['replay', { channels: ['a'], last: 2 }],
  ['ping', { digest: true, positions: { a: { epoch: 'e', offset: 1 } } }],
  ['compression', { enabled: true }],
  ['chunk', { id: 'k', index: 0, total: 2, data: '{"type":' }],
  ['batch', { messages: [{ type: 'ping' }, { type: 'broadcast', channel: 'a', data: 1 }, { type: 'broadcast' }] }],
  ['nothing that is known', {}],
])('nothing is under way any more once %s is answered', async (type, fields) => {
  const { underWay, world, alice } = await serving();
  await receive(world, alice, JSON.stringify({ requestId: '1', type, ...fields }));
  expect(underWay.made).toBeGreaterThan(0);
  expect(underWay.calls).toEqual([]);
});

it.each([
  ['is told and closed', () => undefined],
  ['cannot be closed', away],
])('nothing is under way any more once a client whose session is over %s', async (_, closing) => {
  const { underWay, plain, world } = await serving();
  plain.gateway.closing = closing;
  const over = connection('B', 'bob', { ...openSession(0), expires: 1 });
  await plain.directory.open(over);
  await plain.clock.sleep(10);
  await receive(world, over, '{"type":"ping"}');
  expect(underWay.calls).toEqual([]);
});

it.each([
  ['is told and closed', () => undefined],
  ['cannot be closed', away],
])('nothing is under way any more once sessions were ended and revoked, where who is ended %s', async (_, closing) => {
  const { underWay, plain, world } = await serving();
  plain.gateway.closing = closing;
  await plain.directory.open(connection('B', 'bob', { ...openSession(0), expires: 1 }));
  await plain.clock.sleep(10);
  expect(await endExpired({ ...world })).toBe(1);
  expect(underWay.calls).toEqual([]);
  underWay.made = 0;
  expect(await revoke({ ...world, clockTolerance: 0 }, 'alice')).toBe(1);
  expect(underWay.calls).toEqual([]);
  expect(await plain.directory.count()).toBe(0);
});

it.each(['gone', 'open', 'unknown'] as const)(
  'nothing is under way any more once a connection was taken in or refused beside one that is %s',
  async (found) => {
    const { underWay, plain, world } = await serving();
    plain.gateway.found = () => found;
    await plain.clock.sleep(HANDSHAKE);
    expect(await connect(world, connection('A2', 'alice'), 1)).toBe(found === 'gone' ? undefined : 'too-many');
    expect(underWay.calls).toEqual([]);
  },
);

it.each(['gone', 'open', 'away'] as const)(
  'nothing is under way any more once a sweep has found a connection %s',
  async (found) => {
    const { underWay, plain, world } = await serving();
    plain.gateway.found = () => (found === 'away' ? away() : found);
    await plain.directory.open(connection('B', 'bob'));
    await plain.directory.leave(connection('B', 'bob'), 'stuck');
    for (const quiet of [0, 1_000_000]) {
      underWay.made = 0;
      plain.directory.due = async () => [{ id: 'A', endpoint: undefined, quiet: 500 }];
      const report = await sweep({ ...world, endpoint: 'http://gateway', quiet }, Number.POSITIVE_INFINITY);
      expect(report).toMatchObject(quiet > 0 ? { seen: 1 } : { closed: 1 });
      expect(underWay.calls).toEqual([]);
    }
  },
);

it.each<[string, (world: ReturnType<typeof fanningWorld>) => void]>([
  ['everyone takes', () => undefined],
  [
    'some are gone, and some stuck',
    ({ gateway }) => {
      gateway.outcome = ({ id }) => (id === 'a' ? 'gone' : 'stuck');
    },
  ],
  [
    'some are stuck, and cannot be closed',
    ({ gateway }) => {
      gateway.outcome = () => 'stuck';
      gateway.closing = away;
    },
  ],
])('nothing is under way any more once a batch is fanned out that %s', async (_, changed) => {
  const plain = fanningWorld();
  for (const id of ['a', 'b']) {
    await plain.directory.open(connection(id));
    await plain.subscriptions.add(connection(id), [{ text: 'x', found: 'by-name' }], 10);
  }
  changed(plain);
  const underWay = new UnderWay();
  const world = underWay.of(plain, 'directory', 'history', 'gateway', 'parking');
  const poison = { reason: 'not JSON', body: Buffer.from('{'), headers: {}, messageId: undefined, queue: 'events.0' };
  const batch = () => [...incoming(event('x', '1')), { poison }];
  await fanOut(world, batch(), Number.POSITIVE_INFINITY);
  expect(underWay.calls).toEqual([]);
  underWay.made = 0;
  await fanOutOrPark(world, batch(), Number.POSITIVE_INFINITY, () => undefined);
  expect(underWay.calls).toEqual([]);
  expect(plain.parking.parked).toHaveLength(2);
});
