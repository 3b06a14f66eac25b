import { afterEach, describe, expect, it, vi } from 'vitest';
import { Backoff } from '../../../client/src/backoff.ts';
import { withTimeout } from '../../../client/src/clock.ts';
import { DedupWindow } from '../../../client/src/dedup-window.ts';
import { eventsOf } from '../../../client/src/events.ts';
import { FrameReader } from '../../../client/src/frame-reader.ts';
import { type Client, connect } from '../../../client/src/index.ts';
import type { Event } from '../../../client/src/messages.ts';
import { ReorderBuffer } from '../../../client/src/reorder-buffer.ts';
import type { StorageError } from '../../../client/src/storage/errors.ts';
import { guardedStore } from '../../../client/src/storage/guarded-store.ts';
import { keptPositions } from '../../../client/src/storage/kept-positions.ts';
import { heardStore } from '../../../client/src/store.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { PageSigns } from './page-signs.ts';
import { type Script, ScriptedService } from './scripted-service.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const clockOf = (): ModelClock => new ModelClock(new SeededRandom(1));

const numbersTo = (most: number): readonly number[] => Array.from({ length: most }, (_, n) => n + 1);

const event = (offset: number, more: Partial<Event> = {}): Event => ({
  ...{
    type: 'event',
    id: `${offset}`,
    channel: 'a',
    category: 'c',
    priority: 'normal',
    timestamp: 1e15,
    offset,
    epoch: 'e',
  },
  data: offset,
  ...more,
});

const connected = async (script: Script = {}) => {
  const clock = clockOf();
  const service = new ScriptedService(clock, script);
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
  await clock.advance(SECOND);
  return { clock, service, client };
};

afterEach(() => void vi.unstubAllGlobals());

describe('of what was heard of a channel', () => {
  it.each([
    ['64 events', undefined, 65],
    ['1,000 events where nobody compared them yet', 1, 1_001],
  ])('%s are remembered', (_, unsure, count) => {
    const window = new DedupWindow();
    for (const n of numbersTo(count)) window.note(event(n), unsure);
    expect([window.at(1), window.oldest]).toEqual([undefined, 2]);
    expect([window.holds(event(1)), window.holds(event(2)), window.holds(event(count))]).toEqual([false, true, true]);
  });

  it('no more are remembered of those that were compared, beside those that were not', () => {
    const window = new DedupWindow();
    for (const n of numbersTo(100)) window.note(event(n), 50);
    expect(window.oldest).toBe(37);
    for (const n of numbersTo(200)) window.note(event(100 + n), 50);
    expect(window.oldest).toBe(50);
  });

  it('1,000 that lost their places are known when they come again, each once, and as their publisher’s', () => {
    const window = new DedupWindow();
    for (const n of numbersTo(600)) window.note(event(n), 1);
    window.unplace(0);
    expect(window.oldest).toBe(Number.POSITIVE_INFINITY);
    for (const n of numbersTo(600)) window.note(event(600 + n), 1);
    window.unplace(600);
    const again = (n: number, more: Partial<Event> = {}): boolean =>
      window.note({ ...event(5_000), id: `${n}`, ...more });
    expect([again(200), again(201), again(201), again(1_200)]).toEqual([false, true, false, true]);
    expect(again(300, { userId: 'bob' })).toBe(false);
  });

  it('those behind a place alone lose theirs', () => {
    const window = new DedupWindow();
    for (const n of numbersTo(3)) window.note(event(n));
    window.unplace(2);
    expect([window.at(2), window.at(3)]).toEqual([expect.anything(), undefined]);
    expect([window.note({ ...event(9), id: '2' }), window.note({ ...event(9), id: '3' })]).toEqual([false, true]);
  });

  it('1,000 live ones wait at the most, and all that a replay brings', () => {
    const buffer = new ReorderBuffer();
    for (const n of numbersTo(1_001)) buffer.add(event(n), 'live');
    expect(buffer.offsets('e')).toHaveLength(1_000);
    buffer.add(event(2_000), 'replay');
    expect(buffer.offsets('e')).toHaveLength(1_001);
  });

  it.each([
    ['live', 'first'],
    ['replay', 'other'],
  ] as const)('of two under one place the one that came %s later is kept: %s', (source, kept) => {
    const buffer = new ReorderBuffer();
    expect(buffer.add(event(1, { id: 'first' }), 'live')).toBe(false);
    expect(buffer.add(event(1, { id: 'first' }), source)).toBe(false);
    expect(buffer.add(event(1, { id: 'other' }), source)).toBe(true);
    expect(buffer.take('e', 1)?.event.id).toBe(kept);
    expect(buffer.isEmpty).toBe(true);
  });
});

describe('of messages that come in pieces', () => {
  const reader = () => {
    const heard: unknown[] = [];
    const broken: unknown[] = [];
    const frames = new FrameReader(
      (message) => void heard.push(message),
      (error) => void broken.push(error),
    );
    const whole = (id: string) => JSON.stringify({ type: 'ack', requestId: id, id });
    const take = (id: string, index: number): void => {
      const data = index === 0 ? whole(id).slice(0, 9) : whole(id).slice(9);
      frames.take(JSON.stringify({ type: 'chunk', id, index, total: 2, data }));
    };
    return { heard, broken, take };
  };

  it.each([
    [64, ['2', '64', '1']],
    [65, ['2', '65']],
  ])('64 wait for the rest: of %i these are heard: %j', (count, ids) => {
    const { heard, broken, take } = reader();
    for (const n of numbersTo(count)) take(`${n}`, 0);
    for (const n of [2, count, 1]) take(`${n}`, 1);
    expect(heard).toMatchObject(ids.map((id) => ({ type: 'ack', id })));
    expect(broken).toEqual([]);
  });

  it('the pieces may come in any order, and what is whole makes room', () => {
    const { heard, take } = reader();
    for (const n of numbersTo(200)) {
      take(`${n}`, 1);
      take(`${n}`, 0);
    }
    expect(heard).toHaveLength(200);
  });
});

describe('a pause', () => {
  const setUp = () => {
    const clock = clockOf();
    vi.spyOn(clock, 'random').mockReturnValue(0.999_999);
    return { clock, backoff: new Backoff({ clock, backoff: { first: 100, most: 1_000 } }) };
  };

  it('may be twice as long after each failure, up to the longest, and begins anew after a success', () => {
    const { backoff } = setUp();
    expect(numbersTo(6).map(() => backoff.next())).toEqual([99, 199, 399, 799, 999, 999]);
    backoff.reset();
    expect(backoff.next()).toBe(99);
  });

  it('is as long as the service asks for, within ten minutes', () => {
    const { backoff } = setUp();
    expect([300, 600_000, 600_001, 1e12].map((atLeast) => backoff.next(atLeast))).toEqual([
      300, 600_000, 600_000, 600_000,
    ]);
  });
});

describe('a patience', () => {
  it('ends what takes longer, and is called off with what does not', async () => {
    const clock = clockOf();
    const off = vi.fn();
    const after = vi.fn((duration: number, task: () => void) => {
      const stop = clock.after(duration, task);
      return () => {
        off();
        stop();
      };
    });
    const watched = { now: () => clock.now(), random: () => 0, after };
    const late = vi.fn(() => 'late');
    expect(await withTimeout(watched, 10, Promise.resolve('in time'), late)).toBe('in time');
    expect(off).toHaveBeenCalledTimes(1);
    const never = withTimeout(watched, 10, new Promise<string>(() => undefined), late);
    await clock.advance(9);
    expect(late).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(await never).toBe('late');
  });
});

describe('of the events of a store', () => {
  it('the newest 100 are kept, unless it is told otherwise', async () => {
    const { clock, service, client } = await connected();
    const store = heardStore<number>(client, 'a');
    const end = store.subscribe(() => undefined);
    await clock.advance(SECOND);
    for (const n of numbersTo(101)) service.say(event(n));
    const { events } = store.getSnapshot();
    expect([events.length, events[0]?.data]).toEqual([100, 2]);
    end();
    await client.close();
  });
});

describe('of the events for a loop', () => {
  it.each([
    [10_000, undefined, undefined],
    [10_001, undefined, 'TooSlowError'],
    [3, 3, undefined],
    [4, 3, 'TooSlowError'],
  ])('so many wait that a loop is too slow: %i, of which %s may', async (count, most, name) => {
    let say = (_: Event): void => undefined;
    let close = (_: unknown): void => undefined;
    const client = {
      on: (_: string, listener: (value: never) => void) => {
        close = listener as never;
        return () => undefined;
      },
      subscribe: (_: string, handler: (event: Event) => void) => {
        say = handler;
        return { ready: Promise.resolve(), unsubscribe: () => undefined };
      },
    };
    const loop = eventsOf(client as never, 'a', most === undefined ? {} : { most });
    const taken: unknown[] = [];
    const first = loop.next();
    for (const n of numbersTo(count)) say(event(n));
    close('closed');
    const done = (async () => {
      for (let next = await first; !next.done; next = await loop.next()) taken.push(next.value.data);
    })();
    if (name === undefined) await done;
    else await expect(done).rejects.toMatchObject({ name });
    expect(taken).toHaveLength(name === undefined ? count : count - 1);
  });
});

describe('a store of a page', () => {
  const setUp = (work: () => Promise<unknown>) => {
    const clock = clockOf();
    const told: StorageError[] = [];
    const doing = { work };
    const call = (): Promise<never> => doing.work() as Promise<never>;
    const inner = { get: call, set: call, delete: call, entries: call };
    return { clock, told, doing, store: guardedStore(inner, clock, (error) => told.push(error)) };
  };
  const never = (): Promise<unknown> => new Promise(() => undefined);

  it.each([
    ['get', undefined],
    ['entries', []],
  ] as const)('has five seconds to answer, and is done without after these: %s', async (name, otherwise) => {
    const { clock, told, store } = setUp(never);
    const found: unknown[] = [];
    void store[name]('a').then((value) => found.push(value));
    await clock.advance(5 * SECOND - 1);
    expect([found, told]).toEqual([[], []]);
    await clock.advance(1);
    expect(found).toEqual([otherwise]);
    expect(told).toMatchObject([{ name: 'StorageError', code: 'NO_ANSWER' }]);
    // From then on it is not waited for, and nothing more is told.
    await expect(store[name]('a')).resolves.toEqual(otherwise);
    await clock.advance(MINUTE);
    expect(told).toHaveLength(1);
  });

  it('that fails is told of with why, once until it has worked again', async () => {
    const why = new Error('quota');
    const { told, doing, store } = setUp(() => Promise.reject(why));
    await store.set('a', '1');
    await store.delete('a');
    await store.settled();
    expect(told).toMatchObject([{ code: 'FAILED', cause: why }]);
    doing.work = () => Promise.resolve('found');
    await store.get('a');
    await store.settled();
    expect(await store.get('a')).toBe('found');
    doing.work = () => Promise.reject(why);
    await store.get('a');
    expect(told).toHaveLength(2);
  });

  it('is settled once nothing is under way', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const { clock, store } = setUp(() => promise);
    void store.set('a', '1');
    let isSettled = false;
    void store.settled().then(() => {
      isSettled = true;
    });
    await clock.advance(SECOND);
    expect(isSettled).toBe(false);
    resolve(undefined);
    await clock.advance(1);
    expect(isSettled).toBe(true);
  });
});

describe('where a client stands is stored', () => {
  const setUp = () => {
    const clock = clockOf();
    const page = new PageSigns().stub();
    const at = { events: 0, place: 0 };
    const client = { counts: at, exportPositions: () => ({ place: at.place }) } as unknown as Client;
    const stored: string[] = [];
    const store = { get: async () => 'before', set: async (_: string, text: string) => stored.push(text) };
    const positions = keptPositions(client, store as never, 'key', clock);
    return { clock, at, stored, positions, page };
  };

  it('a second after it heard something, and once for each place', async () => {
    const { clock, at, stored, positions } = setUp();
    expect(await positions.read()).toBe('before');
    at.events = at.place = 1;
    await clock.advance(999);
    expect(stored).toEqual([]);
    await clock.advance(1);
    expect(stored).toEqual(['{"place":1}']);
    at.events = 2;
    await clock.advance(SECOND);
    expect(stored).toHaveLength(1);
    positions.end();
  });

  it('every ten seconds where it moved without hearing anything', async () => {
    const { clock, at, stored, positions } = setUp();
    await positions.read();
    at.place = 1;
    await clock.advance(9_999);
    expect(stored).toEqual([]);
    await clock.advance(1);
    expect(stored).toHaveLength(1);
    at.place = 2;
    await clock.advance(9_999);
    expect(stored).toHaveLength(1);
    await clock.advance(1);
    expect(stored).toHaveLength(2);
    positions.end();
  });

  it.each(['pagehide', 'visibilitychange'])('at once where the page says %s, until it is closed', async (sign) => {
    const { clock, at, stored, positions, page } = setUp();
    await positions.read();
    at.place = 1;
    page.tell(sign);
    expect(stored).toEqual(['{"place":1}']);
    at.place = 2;
    positions.end();
    expect(page.size).toBe(0);
    expect(stored).toEqual(['{"place":1}', '{"place":2}']);
    at.events = at.place = 3;
    page.tell(sign);
    expect(stored).toHaveLength(2);
    await clock.advance(MINUTE);
    expect(stored).toHaveLength(2);
  });
});

describe('a connection is pinged', () => {
  const pingsWithin = async (wish: number | undefined, duration: number): Promise<number> => {
    const { clock, service, client } = await connected({
      limits: { heartbeatInterval: wish as number },
      answers: 0,
      opens: 0,
      greets: 0,
    });
    await clock.advance(duration - SECOND);
    const count = service.count('ping');
    await client.close();
    return count;
  };

  it('and is told of what the service answers instead, while it lasts, and pinged again', async () => {
    const answers = { error: { code: 'RATE_LIMIT_EXCEEDED', message: 'x' }, type: 'error' };
    const clock = clockOf();
    const service = new ScriptedService(clock, { instead: { ping: () => answers } });
    const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
    const errors: unknown[] = [];
    client.on('error', (error) => errors.push(error));
    await clock.advance(65 * SECOND);
    expect(errors).toEqual([1, 2].map(() => expect.objectContaining({ code: 'RATE_LIMIT_EXCEEDED' })));
    expect([client.state, service.sockets.length]).toEqual(['connected', 1]);
    await client.close();
  });

  it.each([
    [20_000, 19_999, 0],
    [20_000, 20_001, 1],
    [100, 1_050, 10],
    [10, 1_050, 10],
    [0, 29_999, 0],
    [0, 30_001, 1],
  ])(
    'every %i ms that the service wishes, but no more than ten times a second: within %i ms %i times',
    async (wish, duration, pings) => {
      expect(await pingsWithin(wish, duration)).toBe(pings);
    },
  );
});
