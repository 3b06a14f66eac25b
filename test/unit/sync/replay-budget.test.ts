import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lose, trim } from '../../../client/testing/damage.ts';
import type { Broadcast } from '../../../lib/ports/broadcast.ts';
import { DependencyAway } from '../../../lib/ports/dependency.ts';
import type { HistoryPage, ReadRequest, StoredEvent } from '../../../lib/ports/history.ts';
import { ANSWER_BYTES } from '../../../lib/sync/replay/budget.ts';
import { answered } from '../../frames.ts';
import { connection, event } from './world.ts';
import { receivingWorld } from './worlds.ts';

const alice = connection('A', 'alice');
const NOW = 1_700_000_000_000;

/** More channels than one answer looks into. */
const CHANNELS = 1_500;

interface Event {
  readonly id: string;
  readonly channel: string;
  readonly offset: number;
  readonly private?: true;
  readonly omitted?: true;
}

interface Answer {
  readonly type: string;
  readonly events: readonly Event[];
  readonly recovered?: boolean;
  readonly truncated?: boolean;
  readonly lost?: readonly string[];
  readonly time?: number;
  readonly next?: string | null;
  readonly error?: { readonly code: string };
}

const setUp = async (subscriptions: object = { patterns: ['**'] }) => {
  const world = receivingWorld();
  const { history, scratch } = world;
  /** Histories that each answer read, and bytes of what it is to go on with. */
  let histories = 0;
  let trips = 0;
  let kept = 0;
  const saved: number[] = [];
  const read = history.read.bind(history);
  history.read = async (requests, filter) => {
    trips++;
    histories += requests.length;
    return read(requests, filter);
  };
  const save = scratch.saveCursor.bind(scratch);
  scratch.saveCursor = async (user, content) => {
    kept = Buffer.byteLength(content);
    saved.push(kept);
    return save(user, content);
  };
  const ask = async (message: object, from = alice) => {
    [histories, trips, kept] = [0, 0, 0];
    const frames = (await answered(world, from, JSON.stringify(message))).map((text) => JSON.parse(text) as Answer);
    const last = frames.at(-1) as Answer;
    const events = frames.flatMap(({ type, events: some = [] }) => (type === last.type ? some : []));
    return { ...last, events, histories, trips, kept };
  };
  await ask({ type: 'subscribe', ...subscriptions });
  return { ...world, ask, saved };
};

const named = (i: number): string => `many:${String(i).padStart(5, '0')}`;

const manyChannels = (extra: Partial<Broadcast> = {}): Broadcast[] =>
  Array.from({ length: CHANNELS }, (_, i) => event(named(i), `${i}`, extra));

describe('what one answer may cost', () => {
  it('[R-12] one event of many channels is as little work and as small a cursor as of one', async () => {
    const { history, ask } = await setUp();
    await history.append(manyChannels());
    const first = await ask({ type: 'replay', since: NOW, limit: 1, order: 'channel' });
    expect(first).toMatchObject({ events: [{ channel: named(0) }], recovered: true, truncated: true });
    expect(first.histories).toBeLessThanOrEqual(100);
    expect(first.kept).toBeLessThanOrEqual(2_048);
    const second = await ask({ type: 'replay', cursor: first.next, limit: 1 });
    expect(second).toMatchObject({ events: [{ channel: named(1) }], truncated: true });
    expect(second.kept).toBeLessThanOrEqual(2_048);
  });

  it('[R-12] a long question is kept once for all its answers, and the place of each in a small cursor', async () => {
    const { history, ask, saved } = await setUp();
    const long = (i: number): string => `${'𝒳'.repeat(195)}${String(i).padStart(5, '0')}`;
    const channels = Array.from({ length: 500 }, (_, i) => long(i));
    await history.append(channels.flatMap((text, i) => [event(text, `${i}-1`), event(text, `${i}-2`)]));
    const first = await history.read(
      channels.map((channel) => ({ name: { channel }, from: { since: NOW }, most: 1 })),
      {},
    );
    const positions = Object.fromEntries(first.map(({ read }, i) => [long(i), read]));
    const heard: Event[] = [];
    let answer = await ask({ type: 'replay', positions, since: NOW, limit: 30, order: 'channel' });
    for (; ; answer = await ask({ type: 'replay', cursor: answer.next, limit: 30 })) {
      expect(answer.recovered).toBe(true);
      heard.push(...answer.events);
      if (typeof answer.next !== 'string') break;
    }
    expect(heard.map(({ id }) => id)).toEqual(channels.map((_, i) => `${i}-2`));
    expect(saved.length).toBeGreaterThan(10);
    expect(saved.filter((bytes) => bytes > 2_048)).toHaveLength(1);
  });

  it('[R-8] [R-12] what a cursor is made of is good for nobody else, and not beyond its time', async () => {
    const { history, ask, scratch, store } = await setUp();
    await history.append(manyChannels().slice(0, 700));
    const positions = Object.fromEntries(
      Array.from({ length: 200 }, (_, i) => [named(i), { offset: 0, epoch: 'e'.repeat(18) }]),
    );
    const question = { type: 'replay', positions, since: NOW, limit: 1 };
    for (const order of ['time', 'channel']) {
      const { next } = await ask({ ...question, order });
      const [asked, place] = (next as string).split('~') as [string, string];
      const bob = connection('B', 'bob');
      await ask({ type: 'subscribe', patterns: ['**'] }, bob);
      const own = await scratch.saveCursor('bob', '{}');
      for (const made of [next, `${own}~${place}`, `${asked}~${own}`, `${own}~${own}`, '~', '~~', `~${own}`]) {
        expect(await ask({ type: 'replay', cursor: made }, bob)).toMatchObject({ error: { code: 'INVALID_CURSOR' } });
      }
      expect(await ask({ type: 'replay', cursor: next })).toMatchObject({ type: 'replay' });
      store.cursors.delete(`alice\n${place}`);
      expect(await ask({ type: 'replay', cursor: next })).toMatchObject({ error: { code: 'INVALID_CURSOR' } });
    }
  });

  it.each(['time', 'channel'])(
    '[R-12] all events of many channels come, page by page, each within its budget, by %s',
    async (order) => {
      const { history, ask } = await setUp();
      await history.append(manyChannels());
      const heard: Event[] = [];
      let time: number | undefined;
      let answer = await ask({ type: 'replay', since: NOW, limit: 1_000, order });
      for (;;) {
        heard.push(...answer.events);
        expect(answer).toMatchObject({ recovered: true });
        expect(answer.histories).toBeLessThanOrEqual(2_000);
        time ??= answer.time;
        expect(answer.time).toBe(time);
        if (answer.next === null) break;
        answer = await ask({ type: 'replay', cursor: answer.next, limit: 1_000 });
      }
      expect(heard.map(({ channel }) => channel)).toEqual(manyChannels().map(({ channel }) => channel.text));
    },
  );

  it.each(['time', 'channel'])(
    '[R-12] channels that only begin like those asked for are gone through a part at a time, by %s',
    async (order) => {
      const { history, ask } = await setUp({ patterns: ['a:*:y'] });
      await history.append([event('a:1:y', '1'), event('a:9:y', '9')]);
      let looked = 0;
      const others = Array.from({ length: 50 }, (_, page) =>
        Array.from({ length: 1_000 }, (_, i) => `a:2${String(page * 1_000 + i).padStart(5, '0')}:x`),
      );
      history.activeChannels = async function* (prefixes, _since, after) {
        expect(prefixes).toEqual(['a:']);
        for (const page of [['a:1:y'], ...others, ['a:9:y']]) {
          const some = page.filter((channel) => channel > after);
          looked += some.length;
          if (some.length > 0) yield some;
        }
      };
      const heard: Event[] = [];
      let answers = 1;
      for (let answer = await ask({ type: 'replay', since: NOW, order }); ; answers++) {
        expect(looked).toBeLessThanOrEqual(12_000);
        expect(answer.recovered).toBe(true);
        heard.push(...answer.events);
        if (typeof answer.next !== 'string') break;
        looked = 0;
        answer = await ask({ type: 'replay', cursor: answer.next });
      }
      expect(heard.map(({ id }) => id)).toEqual(['1', '9']);
      expect(answers).toBeGreaterThanOrEqual(5);
    },
  );

  it('[R-4] whether anything was left out is not said where too many channels only begin like those that are heard', async () => {
    const { history, ask } = await setUp({ patterns: ['a:*:y'] });
    await history.append([event('a:1:y', '1')]);
    const { positions } = await history.positions(['a:1:y']);
    const asked = { type: 'replay', positions };
    expect(await ask(asked)).toMatchObject({ recovered: true });
    let looked = 0;
    history.activeChannels = async function* () {
      for (; ; looked += 1_000) yield Array.from({ length: 1_000 }, (_, i) => `a:2${looked + i}:x`);
    };
    expect(await ask(asked)).toMatchObject({ recovered: false, lost: [] });
    expect(looked).toBeLessThanOrEqual(100_000);
  });

  it('[R-12] a filter that finds nothing ends an answer after so many round trips, and is asked on', async () => {
    const { history, ask } = await setUp();
    let looks = 0;
    history.read = async (requests: readonly ReadRequest[]): Promise<readonly HistoryPage[]> => {
      looks++;
      const isAll = looks === 100;
      return requests.map(() => ({ events: [], read: { offset: looks, epoch: 'e' }, more: !isAll, missing: false }));
    };
    await history.append([event('a', '1')]);
    for (const order of ['time', 'channel']) {
      looks = 0;
      let answers = 1;
      let answer = await ask({ type: 'replay', since: NOW, categories: ['rare'], order });
      expect(looks).toBeLessThan(100);
      for (; answer.next !== null; answers++) answer = await ask({ type: 'replay', cursor: answer.next });
      expect(looks).toBe(100);
      expect(answers).toBeGreaterThan(2);
    }
  });

  it.each(['time', 'channel'])(
    '[R-12] what is stored small is unpacked only as far as an answer holds it, by %s',
    async (order) => {
      const { history, ask } = await setUp({ channels: ['a', 'b'] });
      const size = 3 * 2 ** 20;
      let unpacked = 0;
      const packed = (offset: number): StoredEvent => ({
        ...{ id: `${offset}`, category: 'c', priority: 'normal', timestamp: NOW, offset, epoch: 'e' },
        get data() {
          unpacked += size;
          return '1'.repeat(size);
        },
        isLarger: (bytes) => {
          unpacked += size > bytes ? bytes : 0;
          return size > bytes;
        },
      });
      history.read = async (requests) =>
        requests.map(() => ({
          ...{ events: Array.from({ length: 100 }, (_, i) => packed(i + 1)), more: false, missing: false },
          read: { offset: 100, epoch: 'e' },
        }));
      const chunking = { ...alice, capabilities: { ...alice.capabilities, chunk: true } };
      expect(await ask({ type: 'replay', since: NOW, order }, chunking)).toMatchObject({ truncated: true });
      expect(unpacked).toBeLessThanOrEqual(ANSWER_BYTES);
      expect(unpacked).toBeGreaterThanOrEqual(size);
    },
  );

  it('[S-9] [R-12] an initial state of many channels goes on by a cursor', async () => {
    const { history, ask } = await setUp();
    await history.append(manyChannels());
    await history.append(manyChannels({ userId: 'carol' }));
    const state = await ask({ type: 'subscribe', patterns: ['many:*'], options: { sendInitialState: true } });
    expect(state).toMatchObject({ type: 'state', next: expect.any(String) });
    const heard = [...state.events];
    for (let { next, histories } = state; ; ) {
      expect(histories).toBeLessThanOrEqual(1_000);
      if (typeof next !== 'string') break;
      const page = await ask({ type: 'replay', cursor: next });
      expect(page).toMatchObject({ type: 'replay', recovered: true, lost: [] });
      heard.push(...page.events);
      ({ next, histories } = page);
    }
    expect(heard.map(({ channel, offset }) => [channel, offset])).toEqual(
      manyChannels().map(({ channel }) => [channel.text, 2]),
    );
  });

  it('[R-8] a cursor of a state shows only what is heard now', async () => {
    const { history, ask } = await setUp({ channels: ['own'] });
    await history.append(manyChannels());
    const { next } = await ask({ type: 'subscribe', patterns: ['many:*'], options: { sendInitialState: true } });
    await ask({ type: 'unsubscribe', patterns: ['many:*'] });
    expect(await ask({ type: 'replay', cursor: next })).toMatchObject({ events: [] });
  });

  it('[R-12] [S-10] what a subscribe replays goes on over what it named, and nothing else', async () => {
    const { history, ask } = await setUp({ channels: ['own', 'other'] });
    await history.append([event('other', 'x'), ...manyChannels()]);
    let answer = await ask({ type: 'subscribe', patterns: ['many:*'], options: { replayEvents: true } });
    const heard = [...answer.events];
    for (; typeof answer.next === 'string'; heard.push(...answer.events)) {
      answer = await ask({ type: 'replay', cursor: answer.next });
    }
    expect(heard.map(({ id }) => id)).toEqual(manyChannels().map(({ id }) => id));
  });
});

describe('the work of an answer', () => {
  it.each([
    ['a replay', { type: 'replay', since: NOW, limit: 1 }],
    ['an initial state', { type: 'subscribe', patterns: ['**'], options: { sendInitialState: true } }],
    ['a replay that goes with a subscribe', { type: 'subscribe', patterns: ['**'], options: { replayEvents: true } }],
  ])('[L-11] of %s is owed by its user: a point for 16 histories that it looks into', async (_, message) => {
    const { history, limiter, ask } = await setUp();
    await history.append(manyChannels());
    const { histories } = await ask(message);
    expect(histories).toBeGreaterThan(999);
    expect(limiter.owed).toBeGreaterThanOrEqual(histories / 16);
    // Whoever sends next pays for it.
    await ask({ type: 'ping' });
    expect(limiter.owed).toBeGreaterThan(60);
  });

  it('[L-11] is owed for the data in it: a point for 32 KiB', async () => {
    const { history, limiter, ask } = await setUp();
    const data = JSON.stringify('x'.repeat(2 ** 14));
    await history.append(Array.from({ length: 64 }, (_, i) => event('a', `${i}`, { data })));
    await ask({ type: 'replay', since: NOW });
    expect(limiter.owed).toBeGreaterThan(32);
    expect(limiter.owed).toBeLessThan(34);
  });

  it.each([
    ['a replay', { type: 'replay', since: NOW }],
    ['an initial state', { type: 'subscribe', patterns: ['a:*:b'], options: { sendInitialState: true } }],
  ])('[L-11] of %s is owed for the names that it goes through, heard or not: a point for 128', async (_, message) => {
    const { history, limiter, ask } = await setUp({ patterns: ['a:*:b'] });
    await history.append(Array.from({ length: 1_280 }, (__, i) => event(`a:x${i}`, '1')));
    expect(await ask(message)).toMatchObject({ events: [], histories: 0 });
    expect(limiter.owed).toBe(10);
  });

  it('[L-11] is owed where the answer failed, and little of it makes no point', async () => {
    const { ask, ...world } = await setUp();
    const { history, limiter } = world;
    await history.append([event('a', '1')]);
    await ask({ type: 'replay', since: NOW });
    expect(limiter.owed).toBeGreaterThan(0);
    expect(limiter.owed).toBeLessThan(1);
    const before = limiter.owed;
    history.read = async () => Promise.reject(new DependencyAway('redis', new Error('gone')));
    const asked = JSON.stringify({ type: 'replay', since: NOW });
    expect(await answered({ ...world, onFailure: () => undefined }, alice, asked)).toEqual([
      expect.stringContaining('UNAVAILABLE'),
    ]);
    expect(limiter.owed).toBeGreaterThan(before);
  });
});

describe('a replay by channel', () => {
  it('[R-12] every paging of every history gives each event once, one channel after another', async () => {
    const step = fc.record({
      channel: fc.constantFrom('a', 'b', 'c', 'd'),
      mine: fc.boolean(),
      category: fc.constantFrom('k', 'l'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom<string[] | undefined>(undefined, ['k']),
        async (steps, limit, categories) => {
          const { history, ask } = await setUp();
          for (const [i, { channel, mine, category }] of steps.entries()) {
            await history.append([event(channel, `${i}`, { category, ...(mine ? { targetUsers: ['alice'] } : {}) })]);
          }
          const heard: Event[] = [];
          let answer = await ask({
            type: 'replay',
            since: NOW,
            limit,
            order: 'channel',
            ...(categories ? { categories } : {}),
          });
          for (;;) {
            heard.push(...answer.events);
            expect(answer.recovered).toBe(true);
            expect(answer.events.length).toBeLessThanOrEqual(limit);
            if (typeof answer.next !== 'string') break;
            answer = await ask({ type: 'replay', cursor: answer.next, limit });
          }
          const order = (mine: boolean, channel: string): string => `${channel}${mine ? 1 : 0}`;
          const expected = steps
            .map((each, i) => ({ ...each, id: `${i}` }))
            .filter(({ category }) => categories?.includes(category) !== false)
            .sort(
              (a, b) =>
                (order(a.mine, a.channel) < order(b.mine, b.channel) ? -1 : 1) *
                (order(a.mine, a.channel) === order(b.mine, b.channel) ? 0 : 1),
            );
          expect(heard.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('[R-2] [R-12] says in each answer what is missing in it, and in all that follow that something is', async () => {
    const { history, store, ask } = await setUp({ channels: ['a', 'b', '__proto__'] });
    await history.append(['1', '2', '3'].map((id) => event('a', id)));
    await history.append([event('b', '4'), event('b', '5'), event('__proto__', '6')]);
    trim(store, { channel: 'a' }, 1);
    const positions = JSON.parse(
      '{"a":{"offset":0,"epoch":"e"},"b":{"offset":1,"epoch":"e"},"__proto__":{"offset":0,"epoch":"e"}}',
    );
    const found: object[] = [];
    let answer = await ask({ type: 'replay', positions, since: NOW, limit: 1, order: 'channel' });
    for (;;) {
      found.push([answer.events.map(({ id }) => id).join(), answer.recovered, answer.lost]);
      if (typeof answer.next !== 'string') break;
      answer = await ask({ type: 'replay', cursor: answer.next, limit: 1 });
    }
    expect(found).toEqual([
      ['6', true, []],
      ['2', false, ['a']],
      ['3', false, []],
      ['5', false, []],
    ]);
  });

  it('[R-2] [R-12] a history that was lost between two answers is told of', async () => {
    const { history, store, ask } = await setUp({ channels: ['a'] });
    await history.append([event('a', '1'), event('a', '2')]);
    const { next } = await ask({ type: 'replay', since: NOW, limit: 1, order: 'channel' });
    lose(store, { channel: 'a' });
    expect(await ask({ type: 'replay', cursor: next })).toMatchObject({ recovered: false, lost: ['a'] });
  });

  it('[R-9] an order beside a cursor, or an unknown one, is refused', async () => {
    const { ask } = await setUp({ channels: ['a'] });
    for (const question of [
      { cursor: 'c', order: 'channel' },
      { since: NOW, order: 'size' },
    ]) {
      expect(await ask({ type: 'replay', ...question })).toMatchObject({ error: { code: 'INVALID_MESSAGE' } });
    }
  });
});
