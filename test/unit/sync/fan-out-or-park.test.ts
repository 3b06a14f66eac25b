import { beforeEach, expect, it } from 'vitest';
import type { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { DependencyAway, Refused } from '../../../lib/ports/dependency.ts';
import type { Incoming } from '../../../lib/ports/incoming.ts';
import { Fenced } from '../../../lib/ports/turn.ts';
import { fanOutOrPark } from '../../../lib/sync/fan-out-or-park.ts';
import type { WatchedBus } from './watched-bus.ts';
import type { WatchedGateway } from './watched-gateway.ts';
import type { WatchedHistory } from './watched-history.ts';
import { arrived, connection, event } from './world.ts';
import { fanningWorld, incoming, turnsOn } from './worlds.ts';

let world: ReturnType<typeof fanningWorld>;
let history: WatchedHistory;
let gateway: WatchedGateway;
let parking: WatchedBus;
let clock: ManualClock;
/** Ids of broadcasts the history will not take, and how often each was tried. */
let refused: Map<string, number>;

beforeEach(async () => {
  world = fanningWorld();
  ({ history, gateway, parking, clock } = world);
  refused = new Map();
  failures = [];
  const { append } = history;
  history.append = async (broadcasts, turn) => {
    for (const { id } of broadcasts) {
      const tries = refused.get(id);
      if (tries === undefined) continue;
      refused.set(id, tries + 1);
      throw new Refused('redis', new Error('WRONGTYPE'));
    }
    return append.call(history, broadcasts, turn);
  };
  await world.subscriptions.add(connection('a'), [{ text: 'x', found: 'by-name' }], 10);
});

const batchOf = (...ids: string[]): Incoming[] => incoming(...ids.map((id) => event('x', id)));

/** What failed, and why. */
let failures: [what: string, error: unknown][];

const fan = (batch: readonly Incoming[], patience = 10_000) =>
  fanOutOrPark(world, batch, clock.elapsed() + patience, (error, what) => failures.push([what, error]));

const heard = () => (gateway.heard.get('a') ?? []).map((message) => message['id']);

it('[A-2] parks a message that fails again and again, with reason and origin, and processes the others in order', async () => {
  refused.set('2', 0);
  const report = await fan(batchOf('1', '2', '3'));
  expect(heard()).toEqual(['1', '3']);
  expect(parking.parked).toEqual([{ ...arrived(event('x', '2')), reason: 'Refused: redis refuses this: WRONGTYPE' }]);
  expect(report).toMatchObject({ parked: 1, appended: 2 });
  // Once with the batch, and three times by itself.
  expect(refused.get('2')).toBe(4);
});

it.each([true, false])(
  '[A-2] parks nothing where another has taken the turn meanwhile, who does: %s, however long it lasted',
  async (isTaken) => {
    let tries = 0;
    history.append = async () => {
      await clock.sleep(2_000);
      if (isTaken && ++tries === 4)
        await turnsOn(world.store, clock).hold('events.0', clock.elapsed() + 1_000, async () => undefined);
      throw new Refused('redis', new Error('WRONGTYPE'));
    };
    const done = fan(batchOf('1'), 60_000);
    if (isTaken) await expect(done).rejects.toThrow(Fenced);
    else expect(await done).toMatchObject({ parked: 1 });
    expect(parking.parked).toHaveLength(isTaken ? 0 : 1);
  },
);

it('[A-2] says of what is thrown and is no error what it is', async () => {
  history.append = async () => {
    throw 'a text';
  };
  await fan(batchOf('1'));
  expect(parking.parked).toMatchObject([{ reason: 'a text' }]);
});

it('[A-2] holds up the shard by no more than the tries of the message', async () => {
  refused.set('1', 0);
  const before = clock.now();
  await fan(batchOf('1', '2'));
  expect(clock.now() - before).toBeLessThanOrEqual(200);
});

it('does not park what succeeds when it is tried again', async () => {
  refused.set('2', 0);
  const { append } = history;
  let calls = 0;
  history.append = async (broadcasts, turn) => {
    calls += 1;
    if (calls === 4) refused.clear();
    return append.call(history, broadcasts, turn);
  };
  await fan(batchOf('1', '2', '3'));
  expect(heard()).toEqual(['1', '2', '3']);
  expect(parking.parked).toEqual([]);
  // Nothing else tells of what went wrong.
  expect(failures).toEqual([['batch', expect.objectContaining({ message: expect.stringContaining('WRONGTYPE') })]]);
});

it('parks what can be appended and not delivered, and posts the others', async () => {
  gateway.outcome = (_, frame) => {
    if (frame['id'] === '2') throw new TypeError('cannot be framed');
    return 'taken';
  };
  await fan(batchOf('1', '2', '3'));
  // What was posted before the failure is posted again, under its offset.
  expect([...new Set(heard())]).toEqual(['1', '3']);
  expect(parking.parked.map(({ reason }) => reason)).toEqual(['TypeError: cannot be framed']);
});

it.each(['redis', 'rabbitmq', 'gateway'] as const)('[A-3] an absence of %s parks nothing', async (dependency) => {
  const away = new DependencyAway(dependency, new Error('down'));
  if (dependency === 'redis') history.failures.push(...Array.from({ length: 1_000 }, () => away));
  else if (dependency === 'gateway') {
    gateway.outcome = () => {
      throw away;
    };
  } else parking.failure = away;
  const poison = { reason: 'not JSON', ...arrived(event('x', '9')) };
  const batch: Incoming[] = [...batchOf('1', '2'), { poison }];
  await expect(fan(batch)).rejects.toThrow(`${dependency} is away`);
  expect(parking.parked).toEqual([]);
});

it('[A-3] an absence that begins while messages are tried one by one parks nothing that is healthy', async () => {
  refused.set('2', 0);
  const { append } = history;
  history.append = async (broadcasts, turn) => {
    if (refused.get('2') === 2) throw new DependencyAway('redis', new Error('down'));
    return append.call(history, broadcasts, turn);
  };
  await expect(fan(batchOf('1', '2', '3'))).rejects.toThrow('redis is away');
  expect(parking.parked).toEqual([]);
});

it('[A-3] a message at fault that cannot be parked comes back with its batch', async () => {
  refused.set('1', 0);
  parking.failure = new DependencyAway('rabbitmq', new Error('down'));
  await expect(fan(batchOf('1'))).rejects.toThrow('rabbitmq is away');
});

it('[E-3] what was appended by itself is heard after an absence, also where one before it came to its end', async () => {
  await world.subscriptions.add(connection('b'), [{ text: 'x', found: 'by-name' }], 10);
  refused.set('3', 0);
  gateway.outcome = async (_, { id }) => {
    // Long enough for its progress to be noted.
    await clock.sleep(1_000);
    if (id === '2') throw new DependencyAway('gateway', new Error('down'));
    return 'taken' as const;
  };
  await expect(fan(batchOf('1', '2', '3'))).rejects.toThrow('gateway is away');
  gateway.outcome = () => 'taken';
  expect(await fan(batchOf('1', '2', '3'))).toMatchObject({ parked: 1 });
  for (const id of ['a', 'b']) {
    expect(new Set((gateway.heard.get(id) ?? []).map((message) => message['id']))).toEqual(new Set(['1', '2']));
  }
});

it('tells why what an earlier batch left unfinished could not be posted', async () => {
  gateway.outcome = () => {
    throw new DependencyAway('gateway', new Error('down'));
  };
  await expect(fan(batchOf('1'), 100)).rejects.toThrow('gateway is away');
  const fault = new TypeError('cannot be framed');
  gateway.outcome = () => {
    throw fault;
  };
  expect(await fan(batchOf('1'))).toMatchObject({ events: 0, taken: 0, gone: 0, stuck: 0 });
  expect(failures).toEqual([
    ['unfinished', fault],
    ['batch', fault],
  ]);
});
