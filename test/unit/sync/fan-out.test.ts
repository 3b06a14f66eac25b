import { beforeEach, describe, expect, it } from 'vitest';
import type { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { REGISTRY } from '../../../lib/memory/store.ts';
import type { MemorySubscriptions } from '../../../lib/memory/subscriptions.ts';
import { DependencyAway } from '../../../lib/ports/dependency.ts';
import type { ReadRequest } from '../../../lib/ports/history.ts';
import type { Incoming } from '../../../lib/ports/incoming.ts';
import { Fenced } from '../../../lib/ports/turn.ts';
import { parsePattern } from '../../../lib/protocol/pattern.ts';
import { fanOut } from '../../../lib/sync/fan-out.ts';
import { shapeOf } from '../../../lib/sync/match/shape.ts';
import type { WatchedBus } from './watched-bus.ts';
import type { WatchedGateway } from './watched-gateway.ts';
import type { WatchedHistory } from './watched-history.ts';
import { connection, event } from './world.ts';
import { fanningWorld, incoming, turnsOn } from './worlds.ts';

let world: ReturnType<typeof fanningWorld>;
let subscriptions: MemorySubscriptions;
let history: WatchedHistory;
let gateway: WatchedGateway;
let parking: WatchedBus;
let clock: ManualClock;
let failures: unknown[];

beforeEach(() => {
  failures = [];
  world = fanningWorld((error) => failures.push(error));
  ({ subscriptions, history, gateway, parking, clock } = world);
});

const fan = (batch: readonly Incoming[], patience = 10_000) => fanOut(world, batch, clock.elapsed() + patience);

const listen = async (id: string, ...texts: string[]) => {
  const patterns = texts.map((text) => {
    const shape = shapeOf(parsePattern(text));
    const byName = parsePattern(text).kind === 'exact';
    return {
      text,
      found: byName ? ('by-name' as const) : shape === undefined ? ('by-matching' as const) : { byShape: shape },
    };
  });
  await subscriptions.add(connection(id), patterns, 100);
};

const heard = (id: string) => (gateway.heard.get(id) ?? []).map((message) => message['id']);

it('[B-4] tells the history when the first of a batch was published, of which no id is to be forgotten', async () => {
  const oldest: (number | undefined)[] = [];
  const append = history.append.bind(history);
  history.append = (broadcasts, turn) => {
    oldest.push(turn?.oldest);
    return append(broadcasts, turn);
  };
  await fan(incoming(event('x', '1', { published: 3_000 }), event('x', '2', { published: 2_000 }), event('x', '3')));
  await fan(incoming(event('x', '4')));
  expect(oldest).toEqual([2_000, undefined]);
});

describe('who hears', () => {
  it('[S-3] each listener once, however many of its subscriptions match', async () => {
    await listen('a', 'x:y', 'x:*', '**', '/x:.*/', 'x:?');
    await listen('b', 'x:z');
    await fan(incoming(event('x:y', '1'), event('x:y', '2'), event('q', '3')));
    expect(heard('a')).toEqual(['1', '2', '3']);
    expect(heard('b')).toEqual([]);
  });

  it('is counted once, however many pages the audience has', async () => {
    world = fanningWorld((error) => failures.push(error), 1);
    ({ subscriptions, gateway, clock } = world);
    for (const id of ['a', 'b', 'c']) await listen(id, 'x');
    expect(await fan(incoming(event('x', '1'), event('x', '2')))).toMatchObject({ events: 6 });
    expect(world.meter.numbers.get('events_delivered')).toBe(6);
  });

  it('[B-10] a stranger before the second connection of somebody who has hundreds', async () => {
    const order: string[] = [];
    gateway.outcome = ({ id }) => {
      order.push(id);
      return 'taken';
    };
    const found = [{ text: 'x', found: 'by-name' as const }];
    for (let i = 0; i < 400; i++) await subscriptions.add(connection(`a${i}`, 'many'), found, 100);
    await subscriptions.add(connection('z', 'stranger'), found, 100);
    await fan(incoming(event('x', '1')));
    expect(order).toHaveLength(401);
    expect(order.indexOf('z')).toBeLessThan(2);
  });

  it('[B-3] of a private event only the users it names, each with a position of their own', async () => {
    await listen('a', 'x');
    await listen('b', 'x');
    await listen('c', 'x');
    const targetUsers = ['b', 'c', 'nobody'];
    await fan(incoming(event('x', '1'), event('x', '2', { targetUsers })));
    expect(heard('a')).toEqual(['1']);
    expect(heard('b')).toEqual(['1', '2']);
    expect(gateway.heard.get('c')?.[1]).toMatchObject({ id: '2', private: true, offset: 1 });
    expect(gateway.heard.get('c')?.[0]).not.toHaveProperty('private');
  });

  it('[S-1] a subscription acknowledged before the append is seen, whenever that is', async () => {
    await fan(incoming(event('x:y', '0')));
    // Between the fan-out’s append and its look at the registry and the listeners.
    const append = history.append.bind(history);
    history.append = async (broadcasts, turn) => {
      await listen('a', 'x:*');
      await listen('b', '/x:y/');
      return append(broadcasts, turn);
    };
    await fan(incoming(event('x:y', '1')));
    expect(heard('a')).toEqual(['1']);
    expect(heard('b')).toEqual(['1']);
  });

  it('an entry of the registry that cannot be read is told of, and stops nobody', async () => {
    await listen('a', 'x:*');
    const registry = world.store.registries.get(REGISTRY);
    for (const entry of [{ pattern: '/(/' }, { shape: 'no shape' }]) registry?.enter(entry, 'alice', 0);
    await fan(incoming(event('x:y', '1')));
    expect(heard('a')).toEqual(['1']);
    expect(failures).toHaveLength(2);
  });

  it('[E-5] says who published, where that is known', async () => {
    await listen('a', 'x');
    const { userId: _, ...unknown } = event('x', '2');
    await fan(incoming(event('x', '1'), unknown));
    expect(gateway.heard.get('a')?.map((message) => message['userId'])).toEqual(['bob', undefined]);
  });
});

describe('what comes twice', () => {
  it('[B-4] a broadcast published again is not heard again', async () => {
    await listen('a', 'x');
    await fan(incoming(event('x', '1'), event('x', '1')));
    expect(await fan(incoming(event('x', '1')))).toMatchObject({ appended: 0, duplicates: 1, taken: 0 });
    expect(heard('a')).toEqual(['1']);
  });

  it('[E-3] a batch that comes back is posted again, with the offsets it had, unless all of it went out', async () => {
    await listen('a', 'x');
    const batch = () => incoming(event('x', '1'), event('x', '2'));
    gateway.outcome = (_, { id }) => {
      if (id === '2') throw new DependencyAway('gateway', new Error('away'));
      return 'taken';
    };
    await expect(fan(batch())).rejects.toThrow(DependencyAway);
    gateway.outcome = () => 'taken';
    for (let times = 0; times < 2; times++) await fan(batch());
    expect(gateway.heard.get('a')?.map((message) => message['offset'])).toEqual([1, 1, 2]);
    expect(history.appended).toHaveLength(2);
  });
});

describe('an append whose answer is lost', () => {
  /** The first append is carried out, and its caller told that Redis is away. */
  const loseAnswer = () => {
    const append = history.append.bind(history);
    history.append = async (broadcasts, turn) => {
      await append(broadcasts, turn);
      history.append = append;
      throw new DependencyAway('redis', new Error('the answer is lost'));
    };
  };

  it('[B-2] is tried again, and everything of its batch is posted', async () => {
    await listen('a', 'x', 'y');
    loseAnswer();
    const report = await fan(incoming(event('x', '1'), event('y', '2'), event('x', '3', { targetUsers: ['a'] })));
    expect(report).toMatchObject({ appended: 3, duplicates: 0 });
    expect(heard('a').sort()).toEqual(['1', '2', '3']);
    expect(new Set(history.appended.map(({ id }) => id)).size).toBe(3);
  });

  it('[B-4] posts nothing again that was heard before', async () => {
    await listen('a', 'x');
    await fan(incoming(event('x', '1')));
    loseAnswer();
    await fan(incoming(event('x', '1'), event('x', '2')));
    expect(gateway.heard.get('a')?.map((message) => message['offset'])).toEqual([1, 2]);
  });
});

describe('failures', () => {
  it('[A-2] poison is parked with its reason and the rest goes on', async () => {
    await listen('a', 'x');
    const poison = { reason: 'not JSON', body: Buffer.from('{'), headers: {}, messageId: undefined, queue: 'events.0' };
    const report = await fan([{ poison }, ...incoming(event('x', '1'))]);
    expect(parking.parked).toEqual([poison]);
    expect(heard('a')).toEqual(['1']);
    expect(report).toMatchObject({ parked: 1, appended: 1, taken: 1 });
  });

  it('a connection that is gone is removed, and the others hear', async () => {
    await listen('a', 'x');
    await listen('b', 'x');
    gateway.outcome = ({ id }) => (id === 'a' ? 'gone' : 'taken');
    expect(await fan(incoming(event('x', '1'), event('x', '2')))).toMatchObject({ gone: 1, taken: 2 });
    expect(await subscriptions.count('a')).toBe(0);
    expect(heard('b')).toEqual(['1', '2']);
  });

  it('a connection that cannot be posted to is closed, so that its client comes back', async () => {
    await listen('a', 'x');
    gateway.outcome = () => 'stuck';
    expect(await fan(incoming(event('x', '1')))).toMatchObject({ stuck: 1 });
    expect(gateway.closed).toEqual(['a']);
    expect(await subscriptions.count('a')).toBe(0);
  });

  it('[E-7] one that cannot be closed either holds up nobody, and its socket is left to the sweeper', async () => {
    await listen('a', 'x');
    await listen('b', 'x');
    gateway.outcome = ({ id }) => (id === 'a' ? 'stuck' : 'taken');
    gateway.closing = () => {
      throw new DependencyAway('gateway', new Error('403'));
    };
    expect(await fan(incoming(event('x', '1')))).toMatchObject({ stuck: 1, taken: 1 });
    expect(await subscriptions.count('a')).toBe(0);
    expect(heard('b')).toEqual(['1']);
    expect(await world.directory.unclosed(10)).toMatchObject([{ id: 'a' }]);
  });

  it('[A-3] an absent history is waited for, and then the batch fails with nothing posted', async () => {
    await listen('a', 'x');
    history.failures.push(...Array.from({ length: 3 }, () => new DependencyAway('redis', new Error('away'))));
    await fan(incoming(event('x', '1')));
    expect(heard('a')).toEqual(['1']);

    history.failures.push(...Array.from({ length: 1_000 }, () => new DependencyAway('redis', new Error('away'))));
    const began = clock.now();
    await expect(fan(incoming(event('x', '2')))).rejects.toThrow(DependencyAway);
    expect(clock.now() - began).toBeLessThanOrEqual(10_000);
    expect(heard('a')).toEqual(['1']);
  });

  it('an absent gateway is waited for without posting anything twice', async () => {
    await listen('a', 'x');
    let posts = 0;
    gateway.outcome = () => {
      if (++posts === 2) throw new DependencyAway('gateway', new Error('away'));
      return 'taken';
    };
    await fan(incoming(event('x', '1'), event('x', '2'), event('x', '3')));
    expect(heard('a')).toEqual(['1', '2', '3']);
  });

  it('[E-3] what is under way where another post fails comes to its end, and is not posted again', async () => {
    const ids = ['a', 'b', ...Array.from({ length: 50 }, (_, i) => `c${i}`)];
    for (const id of ids) await listen(id, 'x');
    gateway.outcome = async ({ id }) => {
      if (id === 'b') throw new DependencyAway('gateway', new Error('away'));
      for (let turns = 0; turns < 3; turns++) await new Promise(setImmediate);
      return 'taken' as const;
    };
    await expect(fan(incoming(event('x', '1')), 10)).rejects.toThrow(DependencyAway);
    // It was under way when others were not begun any more.
    expect([heard('a'), heard('c49')]).toEqual([['1'], []]);
    gateway.outcome = () => 'taken';
    await fan(incoming(event('x', '1')));
    expect([heard('a'), heard('b'), heard('c49')]).toEqual([['1'], ['1'], ['1']]);
  });

  it('[B-4] [E-4] processes that do batches of a shard by turns post each event once, in order, and fail at none', async () => {
    await listen('a', 'x', 'y');
    const other = { ...world, turns: turnsOn(world.store, clock) };
    for (let n = 1; n <= 6; n++) {
      // What one of them alone appends to is not refused to it.
      const own = n % 2 === 0 ? 'x' : 'y';
      const batch = incoming(event('x', `${n}`), event(own, `${n} beside`));
      await fanOut(n % 2 === 0 ? other : world, batch, clock.elapsed() + 10_000);
    }
    expect(heard('a').toSorted()).toEqual([1, 2, 3, 4, 5, 6].flatMap((n) => [`${n}`, `${n} beside`]));
    expect(heard('a').filter((id) => !`${id}`.includes('beside'))).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  it('poison is left to who has taken the turn meanwhile, so that it is not parked twice', async () => {
    await listen('a', 'x');
    gateway.outcome = async () => {
      await clock.sleep(5_000);
      await turnsOn(world.store, clock).hold('events.0', clock.elapsed() + 1_000, async () => undefined);
      return 'taken' as const;
    };
    const poison = { reason: 'not JSON', body: Buffer.from('{'), headers: {}, messageId: undefined, queue: 'events.0' };
    await expect(fan([{ poison }, ...incoming(event('x', '1'))])).rejects.toThrow(Fenced);
    expect(parking.parked).toEqual([]);
  });

  it('a connection that takes nothing is left to who has taken the turn meanwhile, and not closed', async () => {
    await listen('a', 'x');
    gateway.outcome = async () => {
      await clock.sleep(5_000);
      await turnsOn(world.store, clock).hold('events.0', clock.elapsed() + 1_000, async () => undefined);
      return 'stuck' as const;
    };
    await expect(fan(incoming(event('x', '1')))).rejects.toThrow(Fenced);
    expect(gateway.closed).toEqual([]);
  });

  it('a connection that takes nothing is closed where the turn has lasted long, and nobody has taken it', async () => {
    await listen('a', 'x');
    gateway.outcome = async () => {
      await clock.sleep(5_000);
      return 'stuck' as const;
    };
    expect(await fan(incoming(event('x', '1')))).toMatchObject({ stuck: 1 });
    expect(gateway.closed).toEqual(['a']);
  });

  it('no messages come to nothing', async () => {
    const nothing = { events: 0, taken: 0, gone: 0, stuck: 0, appended: 0, duplicates: 0, parked: 0 };
    expect(await fan([])).toEqual(nothing);
  });

  it('a batch fails where poison cannot be parked, and nothing is lost', async () => {
    parking.failure = new DependencyAway('rabbitmq', new Error('away'));
    const poison = { reason: 'not JSON', body: Buffer.from('{'), headers: {}, messageId: undefined, queue: 'events.0' };
    await expect(fan([{ poison }])).rejects.toThrow(DependencyAway);
  });
});

describe('what an earlier turn left unfinished', () => {
  type Page = Awaited<ReturnType<WatchedHistory['read']>>[number];

  /** A turn appends three events and posts none. The next has another event, and reads the histories so. */
  const nextTurn = async (changed: (page: Page, request: ReadRequest) => Page) => {
    await listen('a', 'x');
    gateway.outcome = () => {
      throw new DependencyAway('gateway', new Error('away'));
    };
    const unfinished = incoming(event('x', '1'), event('x', '2'), event('x', '3'));
    await expect(fan(unfinished)).rejects.toThrow(DependencyAway);
    gateway.outcome = () => 'taken';
    const read = history.read.bind(history);
    history.read = async (requests, filter) =>
      (await read(requests, filter)).map((page, i) => changed(page, requests[i] as ReadRequest));
    const report = await fan(incoming(event('x', '4')));
    return { report, unfinished };
  };

  it('is posted as it was published: by whom, and of which trace', async () => {
    await listen('a', 'x');
    gateway.outcome = () => {
      throw new DependencyAway('gateway', new Error('away'));
    };
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await expect(fan(incoming(event('x', '1', { traceparent }), event('x', '2')))).rejects.toThrow(DependencyAway);
    gateway.outcome = () => 'taken';
    await fan(incoming(event('x', '3')));
    const told = (gateway.heard.get('a') ?? []).map(({ id, userId, traceparent: of }) => [id, userId, of]);
    expect(told).toEqual([
      ['1', 'bob', traceparent],
      ['2', 'bob', undefined],
      ['3', 'bob', undefined],
    ]);
  });

  it('is posted, by however many reads it takes', async () => {
    const { report } = await nextTurn((page) => {
      const [first, ...rest] = page.events;
      if (first === undefined || rest.length === 0) return page;
      return { ...page, events: [first], read: first, more: true };
    });
    expect(heard('a')).toEqual(['1', '2', '3', '4']);
    expect(report).toMatchObject({ appended: 1 });
  });

  it.each<[string, (page: Page, request: ReadRequest) => Page]>([
    ['something of it is gone', (page) => ({ ...page, missing: true })],
    [
      'its reading comes no further',
      (page) => ({ ...page, events: [], read: { ...page.read, offset: 0 }, more: true }),
    ],
    [
      'an event is gone before its data was read',
      (page, { bytes }) => ({
        ...page,
        events: page.events.flatMap((each) => (bytes === undefined ? [{ ...each, data: '', apart: 2 }] : [])),
      }),
    ],
  ])('is posted where it comes again, and nothing of it before, where %s', async (_, changed) => {
    const { unfinished } = await nextTurn(changed);
    expect(heard('a')).toEqual(['4']);
    await fan(unfinished);
    expect(heard('a')).toEqual(['4', '1', '2', '3']);
  });
});
