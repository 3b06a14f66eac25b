import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Appended, Recorded } from '../../lib/ports/broadcast.ts';
import type { History, HistoryPage, ReadFrom } from '../../lib/ports/history.ts';
import { event } from '../unit/sync/world.ts';
import { itInTime, type StoreKind } from './store.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const at = (recorded: Recorded | undefined): Appended => {
  if (recorded === undefined || !('at' in recorded)) throw new Error('not an event for all');
  return recorded.at;
};

const atUser = (recorded: Recorded | undefined): [user: string, offset: number][] => {
  if (recorded === undefined || !('atUser' in recorded)) throw new Error('not a private event');
  return [...recorded.atUser].map(([user, { offset }]) => [user, offset]);
};

const ids = (page: HistoryPage | undefined): string[] => (page?.events ?? []).map(({ id }) => id);

const reading =
  (history: History) =>
  async (channel: string, from: ReadFrom, most = 100, filter = {}): Promise<HistoryPage> => {
    const [page] = await history.read([{ name: { channel }, from, most }], filter);
    return page as HistoryPage;
  };

const all = async (pages: AsyncIterable<readonly string[]>): Promise<string[]> => {
  const found: string[] = [];
  for await (const page of pages) found.push(...page);
  return found;
};

const active = (history: History, prefixes: string[], since: number, after = ''): Promise<string[]> =>
  all(history.activeChannels(prefixes, since, after));

const privately = (history: History, user: string, since: number, after = ''): Promise<string[]> =>
  all(history.privateChannels(user, since, after));

/** Reads page by page what is critical, of which there is one event, further away than one page looks. */
const findRare = async (history: History, first: ReadFrom, next: (page: HistoryPage) => ReadFrom): Promise<void> => {
  const found: string[] = [];
  let from = first;
  let pages = 0;
  for (let more = true; more; pages++) {
    expect(pages).toBeLessThan(10);
    const page = await reading(history)('a', from, 10, { priorities: ['critical'] });
    found.push(...ids(page));
    ({ more } = page);
    from = next(page);
  }
  expect(found).toEqual(['rare']);
  expect(pages).toBeGreaterThan(1);
};

/** What {@link History} promises. */
export const historyContract = (kind: StoreKind): void => {
  describe(`the history (${kind.name})`, () => {
    it('[E-1] counts each channel from 1 without gaps, in one epoch', async () => {
      const { history } = (await kind.open()).adapters();
      const first = await history.append(['a', 'b', 'a', 'a', 'b'].map((channel, i) => event(channel, `1-${i}`)));
      const second = await history.append(['b', 'a'].map((channel, i) => event(channel, `2-${i}`)));
      expect([...first, ...second].map((recorded) => at(recorded).offset)).toEqual([1, 1, 2, 3, 2, 3, 4]);
      expect(new Set([first[0], first[2], second[1]].map((recorded) => at(recorded).epoch)).size).toBe(1);
    });

    it('[E-1] concurrent appends of several processes leave no gap and no double', async () => {
      const store = await kind.open();
      const histories = [store.adapters().history, store.adapters().history];
      const batches = Array.from({ length: 40 }, (_, batch) =>
        Array.from({ length: 5 }, (_, i) => event('a', `${batch}-${i}`)),
      );
      const recorded = await Promise.all(batches.map((batch, i) => histories[i % 2]?.append(batch) ?? []));
      const offsets = recorded.flat().map((each) => at(each).offset);
      expect(offsets.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    });

    it('[E-1] counts private events by themselves, per user and channel', async () => {
      const { history } = (await kind.open()).adapters();
      const [shared, mine, both, again] = await history.append([
        event('a', '1'),
        event('a', '2', { targetUsers: ['alice'] }),
        event('a', '3', { targetUsers: ['alice', 'carol', 'alice'] }),
        event('a', '4'),
      ]);
      expect([at(shared).offset, at(again).offset]).toEqual([1, 2]);
      expect([atUser(mine), atUser(both)]).toEqual([
        [['alice', 1]],
        [
          ['alice', 2],
          ['carol', 1],
        ],
      ]);
    });

    it('[E-2] timestamps never decrease, even where the clock was ahead before', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      store.ahead = HOUR;
      const [early] = await history.append([event('a', '1')]);
      store.ahead = 0;
      const recorded = await history.append([event('a', '2'), event('a', '3')]);
      const { timestamp } = at(early);
      expect(recorded.map((each) => at(each).timestamp)).toEqual([timestamp, timestamp]);
    });

    it.each([
      ['ahead', HOUR],
      ['behind', -HOUR],
    ])('[E-2] [R-7] an event is not older than a time given out before, by the clock that is %s', async (_, ahead) => {
      const store = await kind.open();
      const { history } = store.adapters();
      store.ahead = ahead;
      const { time } = await history.positions(['a']);
      const present = await history.time();
      for (const early of [time, present.earliest]) {
        expect(early).toBeLessThanOrEqual(store.now() + Math.min(0, ahead));
        expect(early).toBeGreaterThan(store.now() + Math.min(0, ahead) - HOUR / 2);
      }
      expect(present.latest).toBeGreaterThanOrEqual(time + HOUR / 2);
      const [recorded] = await history.append([event('a', '1')]);
      expect(at(recorded).timestamp).toBeGreaterThanOrEqual(present.latest);
      expect(await active(history, ['a'], present.latest)).toEqual(['a']);
    });

    it('[B-4] appends an id once per publisher and channel, from whichever process', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const recorded = await history.append([
        event('a', 'same'),
        event('a', 'same'),
        event('b', 'same'),
        event('a', 'same', { userId: 'carol' }),
      ]);
      expect(recorded.map((each) => [at(each).offset, at(each).duplicate])).toEqual([
        [1, false],
        [1, true],
        [1, false],
        [2, false],
      ]);
      const [again] = await store.adapters().history.append([event('a', 'same')]);
      expect(at(again)).toMatchObject({ offset: 1, duplicate: true, timestamp: at(recorded[0]).timestamp });
    });

    it('[B-4] a private event sent again is told as one for each user it reached, and appended for the others', async () => {
      const { history } = (await kind.open()).adapters();
      await history.append([event('a', '1', { targetUsers: ['alice'] })]);
      const [again] = await history.append([event('a', '1', { targetUsers: ['alice', 'carol'] })]);
      const places = again !== undefined && 'atUser' in again ? [...again.atUser] : [];
      expect(places.map(([user, { offset, duplicate }]) => [user, offset, duplicate])).toEqual([
        ['alice', 1, true],
        ['carol', 1, false],
      ]);
    });

    it('[B-4] a large event for several users is read whole by each, and by no other', async () => {
      const { history } = (await kind.open()).adapters();
      const data = JSON.stringify('ü😀x'.repeat(3_000));
      const targetUsers = ['alice', 'bob', 'carol'];
      await history.append([event('a', '1', { targetUsers, data }), event('a', '2', { targetUsers, data })]);
      const requests = [...targetUsers, 'dave'].map((user) => ({
        ...{ name: { channel: 'a', user }, from: { since: 0 }, most: 10 },
      }));
      const read = (await history.read(requests, {})).map(({ events }) => events.map((each) => [each.id, each.data]));
      const both = [
        ['1', data],
        ['2', data],
      ];
      expect(read).toEqual([both, both, both, []]);
    });

    it('[B-2] what a turn appended is new to all its tries, and to no later turn', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const turn = (fence: number) => ({ shard: 's', fence, unknown: [] });
      const flags = async (fence: number, ...ids: string[]) =>
        (
          await history.append(
            ids.map((id) => event('a', id)),
            turn(fence),
          )
        ).map((each) => at(each).duplicate);
      expect(await flags(1, '1', '2', '1')).toEqual([false, false, true]);
      expect(await flags(1, '2')).toEqual([false]);
      expect(await flags(1, '1', '2', '3')).toEqual([false, false, false]);
      expect(await flags(2, '3', '4')).toEqual([true, false]);
      // Another shard appends between.
      await history.append([event('a', 'other')], { shard: 't', fence: 2, unknown: [] });
      expect(await flags(2, '4', 'other')).toEqual([false, true]);
      expect(await flags(3, '1', '4', 'other')).toEqual([true, true, true]);
    });

    it('[B-2] [A-3] what a turn appended is new to all its tries, however far apart it was published', async () => {
      const store = await kind.open();
      const began = store.now() - HOUR;
      const batch = () => [0, 1, 30, 31].map((n) => event('a', `${n}`, { published: began + n * MINUTE }));
      const turn = { shard: 'q', fence: 1, unknown: [], oldest: began };
      const { history } = store.adapters();
      const appendAll = async () => (await history.append(batch(), turn)).map(at);
      const first = await appendAll();
      expect(first.map(({ offset, duplicate }) => [offset, duplicate])).toEqual([1, 2, 3, 4].map((n) => [n, false]));
      // In parts, the turn appends once more before it is tried again.
      await history.append([event('a', 'more', { published: store.now() })], turn);
      expect(await appendAll()).toEqual(first);
      const later = await store.adapters().history.append(batch(), { ...turn, fence: 2 });
      expect(later.every((each) => at(each).duplicate)).toBe(true);
    });

    it('[B-4] an id is remembered for as long whichever clock was behind when it was appended', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const published = store.now();
      store.ahead = -HOUR;
      await history.append([event('a', '1', { published })]);
      store.ahead = 0;
      await history.append([event('a', '2', { published: published + 1 })]);
      const [again] = await history.append([event('a', '1', { published: published + 2 })]);
      expect(at(again)).toMatchObject({ offset: 1, duplicate: true });
    });

    it('[B-2] what was appended under unknown fences, or none, is new to whom it comes, part by part', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const flags = async (fence: number, unknown: readonly (readonly [number, number])[], ...ids: string[]) =>
        (
          await history.append(
            ids.map((id) => event('a', id)),
            { shard: 's', fence, unknown },
          )
        ).map((each) => at(each).duplicate);
      await history.append([event('a', '1'), event('a', '2')]);
      expect(await flags(1, [], '1')).toEqual([false]);
      expect(await flags(2, [], '1', '2', '3', '4')).toEqual([true, false, false, false]);
      expect(await flags(4, [[2, 3]], '2')).toEqual([false]);
      expect(await flags(5, [[2, 3]], '2', '3')).toEqual([true, false]);
      expect(await flags(6, [[2, 3]], '4')).toEqual([false]);
      expect(await flags(7, [[2, 3]], '2', '3', '4')).toEqual([true, true, true]);
    });

    it('[B-2] what nobody is known to have posted is new when it comes, whatever comes before it', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const flags = async (
        shard: string,
        fence: number,
        unknown: readonly (readonly [number, number])[],
        ids: string[],
      ) =>
        (
          await history.append(
            ids.map((id) => event('a', id)),
            { shard, fence, unknown },
          )
        ).map((each) => at(each).duplicate);
      await history.append(['1', '2', '3'].map((id) => event('a', id)));
      // Another shard, what waited behind it, and the last of it come first.
      expect(await flags('t', 1, [], ['other'])).toEqual([false]);
      expect(await flags('s', 2, [], ['4'])).toEqual([false]);
      expect(await flags('s', 2, [], ['3', '4'])).toEqual([false, false]);
      expect(await flags('s', 3, [], ['2', '3', '4', 'other'])).toEqual([false, true, true, true]);
      expect(await flags('s', 3, [], ['1', '2'])).toEqual([false, false]);
      expect(await flags('s', 4, [], ['1', '2', '3', '4'])).toEqual([true, true, true, true]);
      // Of a turn that is not known to have posted.
      expect(await flags('s', 5, [], ['5', '6', '7'])).toEqual([false, false, false]);
      expect(await flags('s', 7, [[5, 6]], ['8'])).toEqual([false]);
      expect(await flags('s', 8, [[5, 6]], ['6', '8'])).toEqual([false, true]);
      expect(await flags('s', 9, [[5, 6]], ['7', '5', '6'])).toEqual([false, false, true]);
      expect(await flags('s', 10, [[5, 6]], ['5', '6', '7', '8'])).toEqual([true, true, true, true]);
    });

    it('[B-2] of what nobody is known to have posted nothing is lost, however scattered it comes', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const ids = Array.from({ length: 200 }, (_, n) => `${n}`);
      await history.append(ids.map((id) => event('a', id)));
      const scattered = [...ids.filter((_, n) => n % 2 === 1), ...ids.filter((_, n) => n % 2 === 0)];
      const isNew = new Set<string>();
      for (const [n, id] of scattered.entries()) {
        const [recorded] = await history.append([event('a', id)], { shard: 's', fence: n + 1, unknown: [] });
        if (!at(recorded).duplicate) isNew.add(id);
      }
      expect([...isNew].length).toBe(ids.length);
    });

    it('[B-4] refuses a turn once a later one appended, or closed the history, also where there is none', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const turn = (fence: number, shard = 's') => ({ shard, fence, unknown: [] });
      await history.append([event('a', '1')], turn(5));
      await expect(history.append([event('a', '2')], turn(4, 't'))).rejects.toMatchObject({ name: 'Fenced', fence: 5 });
      expect((await history.positions(['a'])).positions['a']?.offset).toBe(1);
      const names = [{ channel: 'a' }, { channel: 'new' }, { channel: 'a', user: 'alice' }];
      expect(await history.fence(names, turn(6))).toEqual([
        { name: { channel: 'a' }, epoch: expect.any(String), fence: 5, after: 0, upTo: 1 },
      ]);
      for (const late of [event('a', '1'), event('new', '1'), event('a', '3', { targetUsers: ['alice'] })]) {
        await expect(history.append([late], turn(5))).rejects.toMatchObject({ name: 'Fenced', fence: 6 });
      }
      await expect(history.fence(names, turn(5))).rejects.toMatchObject({ name: 'Fenced', fence: 6 });
      const [first] = await history.append([event('new', '1')], turn(6));
      expect(at(first)).toMatchObject({ offset: 1, duplicate: false });
      // A history of which nothing was ever appended is as if nobody had asked.
      expect((await history.positions(['a'], 'alice')).positions['a']).not.toHaveProperty('private');
    });

    itInTime(kind, '[B-4] remembers an id for five minutes, however short the retention', async () => {
      const store = await kind.open();
      const { history } = store.adapters({ retention: MINUTE });
      const [first] = await history.append([event('a', '1')]);
      await store.pass(4 * MINUTE);
      const [again] = await history.append([event('a', '1')]);
      expect(at(again)).toEqual({ ...at(first), duplicate: true });
    });

    it('[B-4] forgets an id once something was published more than five minutes later, not appended', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const began = store.now() - HOUR;
      const append = async (id: string, published: number) =>
        at((await history.append([event('a', id, { published })]))[0]);
      const first = await append('same', began);
      await append('between', began + 10_000);
      expect(await append('same', began + 5 * MINUTE)).toMatchObject({ offset: first.offset, duplicate: true });
      // By a minute, clocks may differ.
      await append('later', began + 6 * MINUTE - 1);
      expect(await append('same', began + 5 * MINUTE)).toMatchObject({ duplicate: true });
      await append('much later', began + 6 * MINUTE);
      expect(await append('same', began + 7 * MINUTE)).toMatchObject({ offset: 5, duplicate: false });
    });

    itInTime(
      kind,
      '[B-4] what waited in a queue does not make an id be forgotten that was sent again in time',
      async () => {
        const store = await kind.open();
        const { history } = store.adapters({ retention: HOUR });
        const published = store.now();
        await history.append([event('a', 'same', { published })]);
        await store.pass(10 * MINUTE);
        await history.append([event('a', 'between', { published: published + 10_000 })]);
        const [again] = await history.append([event('a', 'same', { published: published + 20_000 })]);
        expect(at(again)).toMatchObject({ offset: 1, duplicate: true });
      },
    );

    it('[B-4] what says no time makes no id be forgotten that waited long, and was appended just now', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const published = store.now() - HOUR;
      await history.append([event('a', 'same', { published })]);
      await history.append([event('a', 'between')]);
      const [again] = await history.append([event('a', 'same', { published: published + MINUTE })]);
      expect(at(again)).toMatchObject({ offset: 1, duplicate: true });
    });

    it.each([
      ['long past', -25 * HOUR],
      ['to come', HOUR],
    ])('[B-4] does not believe a time of publishing that is %s', async (_, off) => {
      const store = await kind.open();
      const { history } = store.adapters();
      const append = async (id: string, published: number) =>
        at((await history.append([event('a', id, { published })]))[0]);
      await append('1', store.now() - MINUTE);
      await append('2', store.now() + off);
      await append('3', store.now() - MINUTE);
      for (const id of ['1', '2']) expect(await append(id, store.now())).toMatchObject({ duplicate: true });
    });

    itInTime(kind, '[A-3] a batch that comes back after an hour appends nothing twice', async () => {
      const store = await kind.open();
      const { history } = store.adapters({ retention: 24 * HOUR });
      const batch = Array.from({ length: 6 }, (_, i) => event('a', `${i}`));
      await history.append(batch);
      await store.pass(HOUR);
      const again = await history.append(batch.slice(0, 4));
      expect(again.every((each) => at(each).duplicate)).toBe(true);
      const rest = await history.append([...batch.slice(4), event('a', 'new')]);
      expect(rest.map((each) => at(each).offset)).toEqual([5, 6, 7]);
      // Only now, with something newer appended, are the old ones let go.
      const [late] = await history.append([event('a', '0')]);
      expect(at(late)).toMatchObject({ offset: 8, duplicate: false });
    });

    it('[S-2] says where channels stand, and under which epoch one begins that holds nothing', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const [, last] = await history.append([event('a', '1'), event('a', '2')]);
      const { positions, time } = await history.positions(['a', 'new', '__proto__'], undefined, true);
      expect(positions['a']).toEqual({ offset: 2, epoch: at(last).epoch });
      expect(Object.keys(positions)).toEqual(['a', 'new', '__proto__']);
      expect(Math.abs(time - store.now())).toBeLessThan(5_000);
      // To whoever asks, and in whichever process.
      expect((await store.adapters().history.positions(['new'], undefined, true)).positions).toEqual({
        new: positions['new'],
      });
      expect((await history.positions(['new'])).positions['new']).toEqual(positions['new']);
      const epoch = positions['new']?.epoch as string;
      const read = reading(history);
      expect(await read('new', { after: { offset: 0, epoch } })).toEqual({
        events: [],
        read: { offset: 0, epoch },
        more: false,
        missing: false,
      });
      for (const foreign of [
        { offset: 1, epoch },
        { offset: 0, epoch: 'another' },
      ]) {
        expect(await read('new', { after: foreign })).toMatchObject({ read: { offset: 0, epoch }, missing: true });
      }
      const [first] = await history.append([event('new', '1')]);
      expect(at(first)).toMatchObject({ offset: 1, epoch });
      const page = await read('new', { after: { offset: 0, epoch } });
      expect([ids(page), page.missing]).toEqual([['1'], false]);
    });

    itInTime(
      kind,
      '[S-2] [R-2] a history that ended and begins anew does so under an epoch that was never foretold',
      async () => {
        const store = await kind.open();
        const { history } = store.adapters({ retention: HOUR });
        const read = reading(history);
        const seen = new Set<string>();
        const foretell = async () => (await history.positions(['a'], undefined, true)).positions['a']?.epoch as string;
        for (let round = 0; round < 5; round++) {
          const before = await foretell();
          seen.add(before);
          const [first] = await history.append([event('a', `${round}`)]);
          expect(at(first)).toMatchObject({ offset: 1, epoch: before });
          await store.pass(2 * HOUR);
          // Whoever stood before it knows nothing of its events, neither before the next nor after.
          expect((await read('a', { after: { offset: 0, epoch: before } })).missing).toBe(true);
          if (round % 2 === 0) await foretell();
          expect((await read('a', { after: { offset: 0, epoch: before } })).missing).toBe(true);
        }
        expect(seen.size).toBe(5);
      },
    );

    it('gives the private positions of a user beside, where there are any', async () => {
      const { history } = (await kind.open()).adapters();
      await history.append([event('a', '1', { targetUsers: ['alice'] })]);
      const of = async (user: string) => (await history.positions(['a', 'b'], user)).positions;
      expect(await of('alice')).toMatchObject({ a: { offset: 0, private: { offset: 1 } }, b: { offset: 0 } });
      expect((await of('alice'))['b']).not.toHaveProperty('private');
      expect((await of('bob'))['a']).not.toHaveProperty('private');
    });

    it('gives back what was appended, large and small, whoever published it', async () => {
      const { history } = (await kind.open()).adapters();
      const large = JSON.stringify({ text: 'ü😀'.repeat(3_000) });
      const { userId: _, ...unknown } = event('a', '3', { data: '[1,2]', priority: 'critical', category: 'kätegorie' });
      const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
      const followed = { ...event('a', '4'), traceparent };
      await history.append([event('a', '1', { data: 'null' }), event('a', '2', { data: large }), unknown, followed]);
      const page = await reading(history)('a', { since: 0 });
      expect(page.events).toMatchObject([
        { id: '1', data: 'null', userId: 'bob', priority: 'normal', offset: 1 },
        { id: '2', data: large, offset: 2 },
        { id: '3', data: '[1,2]', priority: 'critical', category: 'kätegorie', offset: 3 },
        { id: '4', userId: 'bob', offset: 4, traceparent },
      ]);
      expect(page.events[2]).not.toHaveProperty('userId');
      expect(page.events[2]).not.toHaveProperty('traceparent');
    });

    it('[S-9] gives the latest event of a history, and none of one that has none', async () => {
      const { history } = (await kind.open()).adapters();
      await history.append([event('a', '1'), event('a', '2')]);
      const read = reading(history);
      expect(ids(await read('a', 'latest', 10))).toEqual(['2']);
      expect(await read('never', 'latest')).toMatchObject({ events: [], more: false, missing: false });
    });

    it('[R-5] a position of another epoch, or beyond the newest, is missing something', async () => {
      const { history } = (await kind.open()).adapters();
      const [, last] = await history.append([event('a', '1'), event('a', '2')]);
      const read = reading(history);
      const { epoch } = at(last);
      const other = await read('a', { after: { offset: 1, epoch: 'other' } });
      expect(other).toMatchObject({ missing: true, read: { offset: 2, epoch } });
      expect(ids(other)).toEqual(['1', '2']);
      const beyond = await read('a', { after: { offset: 7, epoch } });
      expect(beyond).toMatchObject({ events: [], missing: true, more: false, read: { offset: 2, epoch } });
    });

    it('[R-2] tells a reader what was cut, by count', async () => {
      const store = await kind.open();
      const { history } = store.adapters({ maxEvents: 5 });
      const read = reading(history);
      for (let i = 1; i <= 12; i++) {
        await history.append([event('a', `${i}`)]);
        await store.pass(2);
      }
      const all = await read('a', { since: 0 });
      expect(ids(all)).toEqual(['8', '9', '10', '11', '12']);
      expect(all.missing).toBe(true);
      const { epoch = '', timestamp = 0 } = all.events[0] ?? {};
      expect((await read('a', { after: { offset: 7, epoch } })).missing).toBe(false);
      expect((await read('a', { after: { offset: 6, epoch } })).missing).toBe(true);
      // Nothing that was appended from then on is gone, though something before is.
      expect(await read('a', { since: timestamp })).toMatchObject({ missing: false });
      expect((await read('a', { since: timestamp - MINUTE })).missing).toBe(true);
    });

    itInTime(kind, '[R-2] [R-10] tells a reader what expired, and counts on', async () => {
      const store = await kind.open();
      const { history } = store.adapters({ retention: HOUR });
      const read = reading(history);
      const [, last] = await history.append([event('a', '1'), event('a', '2')]);
      await store.pass(HOUR - 1_000);
      expect(ids(await read('a', { since: 0 }))).toEqual(['1', '2']);
      await store.pass(1_000);
      const { epoch, timestamp } = at(last);
      expect(await read('a', { since: timestamp })).toMatchObject({ missing: true, more: false, events: [] });
      expect(await read('a', { since: timestamp + 1 })).toMatchObject({ missing: false });
      expect((await read('a', { after: { offset: 1, epoch } })).missing).toBe(true);
      expect((await read('a', { after: { offset: 2, epoch } })).missing).toBe(false);
      const [next] = await history.append([event('a', '3')]);
      expect(at(next)).toMatchObject({ epoch, offset: 3 });
      expect(ids(await read('a', { after: { offset: 2, epoch } }))).toEqual(['3']);
    });

    itInTime(kind, '[R-10] cuts what is older than the retention, and nothing that is not', async () => {
      const store = await kind.open();
      const { history } = store.adapters({ retention: HOUR });
      for (let i = 0; i < 6; i++) {
        await history.append([event('a', `${i}`)]);
        await store.pass(20 * MINUTE);
      }
      await history.append([event('a', 'last')]);
      expect(ids(await reading(history)('a', { since: 0 }))).toEqual(['3', '4', '5', 'last']);
    });

    itInTime(kind, '[B-4] [R-10] what is old by one clock alone is neither cut nor forgotten', async () => {
      const store = await kind.open();
      const { history } = store.adapters({ retention: HOUR });
      await history.append([event('a', '1'), event('a', '2')]);
      // Half an hour later the callers’ clocks say that it is half an hour earlier.
      await store.pass(HOUR / 2);
      store.ahead = -HOUR;
      await history.append([event('a', '3')]);
      const [again] = await history.append([event('a', '1')]);
      expect(at(again)).toMatchObject({ offset: 1, duplicate: true });
      expect(ids(await reading(history)('a', { since: 0 }))).toEqual(['1', '2', '3']);
      // Old by both.
      store.ahead = 0;
      await store.pass(HOUR / 2 + 1);
      await history.append([event('a', '4')]);
      expect(ids(await reading(history)('a', { since: 0 }))).toEqual(['3', '4']);
    });

    it('keeps about as many events as it is told, and counts on', async () => {
      const { history } = (await kind.open()).adapters({ maxEvents: 50 });
      for (let i = 0; i < 10; i++) {
        await history.append(Array.from({ length: 100 }, (_, n) => event('a', `${i}-${n}`)));
      }
      const page = await reading(history)('a', { since: 0 }, 1_000);
      expect(page.events.length).toBeGreaterThanOrEqual(50);
      expect(page.events.length).toBeLessThan(300);
      expect((await history.positions(['a'])).positions['a']?.offset).toBe(1_000);
    });

    it('keeps nothing where replay is switched off, and counts and tells doubles apart all the same', async () => {
      const { history } = (await kind.open()).adapters({ enabled: false });
      const recorded = await history.append([event('a', '1'), event('a', '1'), event('a', '2')]);
      expect(recorded.map((each) => [at(each).offset, at(each).duplicate])).toEqual([
        [1, false],
        [1, true],
        [2, false],
      ]);
      expect(await reading(history)('a', { since: 0 })).toMatchObject({ events: [], more: false, missing: true });
    });

    it('[R-2] finds the channels that were appended to while nothing was kept', async () => {
      const store = await kind.open();
      const { history } = store.adapters({ enabled: false });
      const began = store.now();
      await history.append([event('user:1', '1'), event('user:2', '2', { targetUsers: ['alice'] })]);
      expect(await active(store.adapters().history, ['user:'], began)).toEqual(['user:1']);
      expect(await privately(store.adapters().history, 'alice', began)).toEqual(['user:2']);
    });

    it('[R-2] whenever keeping is switched, what was not kept is missing to whoever asks for it, and nobody else', async () => {
      const store = await kind.open();
      const [on, off] = [store.adapters(), store.adapters({ enabled: false })];
      const read = reading(on.history);
      let run = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
          fc.integer({ min: 1, max: 4 }),
          async (switched, most) => {
            const channel = `switched-${run++}`;
            const list: (Appended & { id: string; isKept: boolean })[] = [];
            for (const [i, isKept] of switched.entries()) {
              store.ahead++;
              const [recorded] = await (isKept ? on : off).history.append([event(channel, `${i}`)]);
              list.push({ ...at(recorded), id: `${i}`, isKept });
            }
            const asked = async (start: ReadFrom) => {
              const heard: string[] = [];
              let missing = false;
              for (let from = start; ; ) {
                const page = await read(channel, from, most);
                heard.push(...ids(page));
                missing ||= page.missing;
                if (!page.more) return { heard, missing };
                from = { after: page.read };
              }
            };
            for (const [i, { offset, epoch, timestamp }] of list.entries()) {
              for (const [from, first] of [
                [{ after: { offset, epoch } }, i + 1],
                [{ since: timestamp }, i],
              ] as const) {
                const { heard, missing } = await asked(from);
                const wanted = list.slice(first);
                if (!missing) expect(heard).toEqual(wanted.map(({ id }) => id));
                // What went on being appended while nothing was kept takes what was kept with it.
                if (switched.slice(first).every(Boolean))
                  expect({ i, from, missing }).toEqual({ i, from, missing: false });
              }
            }
          },
        ),
        { numRuns: 60 },
      );
    });

    itInTime(kind, '[R-10] what was promised under a longer retention outlives a shorter one', async () => {
      const store = await kind.open();
      const [long, short] = [store.adapters({ retention: 24 * HOUR }), store.adapters({ retention: HOUR })];
      const [, last] = await long.history.append([event('a', '1'), event('a', '2')]);
      await short.history.positions(['a'], undefined, true);
      await store.pass(12 * HOUR);
      const { epoch } = at(last);
      expect(ids(await reading(short.history)('a', { after: { offset: 0, epoch } }))).toEqual(['1', '2']);
      const [next] = await short.history.append([event('a', '3')]);
      expect(at(next)).toMatchObject({ epoch, offset: 3 });
      await store.pass(30 * HOUR);
      expect((await short.history.positions(['a'])).positions['a']).toEqual({ epoch, offset: 3 });
    });

    it('reads the same as a plain list would, in pages of any size', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const read = reading(history);
      let run = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ category: fc.constantFrom('k', 'l'), wait: fc.nat({ max: 3 }) }), { maxLength: 40 }),
          fc.nat({ max: 45 }),
          fc.integer({ min: 1, max: 7 }),
          fc.boolean(),
          async (steps, place, most, filtered) => {
            const channel = `list-${run++}`;
            const list: { id: string; category: string; timestamp: number; offset: number }[] = [];
            for (const [i, { category, wait }] of steps.entries()) {
              // The later of two clocks dates events.
              store.ahead += wait;
              const [recorded] = await history.append([event(channel, `${i}`, { category })]);
              list.push({ id: `${i}`, category, timestamp: at(recorded).timestamp, offset: i + 1 });
            }
            const { positions } = await history.positions([channel], undefined, true);
            const epoch = positions[channel]?.epoch ?? '';
            const filter = filtered ? { categories: ['k'] } : {};
            const since = list[Math.min(place, list.length - 1)]?.timestamp ?? 0;
            const after = Math.min(place, list.length);
            for (const [start, fits] of [
              [{ since }, (each: (typeof list)[0]) => each.timestamp >= since],
              [{ after: { offset: after, epoch } }, (each: (typeof list)[0]) => each.offset > after],
            ] as const) {
              const heard: string[] = [];
              let from: ReadFrom = start;
              for (let pages = 0; ; pages++) {
                const page = await read(channel, from, most, filter);
                expect(page.missing).toBe(false);
                expect(page.events.length).toBeLessThanOrEqual(most);
                heard.push(...ids(page));
                if (!page.more) break;
                expect(pages).toBeLessThan(50);
                from = { after: page.read };
              }
              expect(heard).toEqual(
                list.filter((each) => fits(each) && (!filtered || each.category === 'k')).map(({ id }) => id),
              );
            }
          },
        ),
        { numRuns: 30 },
      );
    });

    it('[R-14] reads backwards from the end, or before a position, and says whether there is more', async () => {
      const { history } = (await kind.open()).adapters();
      const read = reading(history);
      const [, , , , last] = await history.append(['1', '2', '3', '4', '5'].map((id) => event('a', id)));
      const { epoch } = at(last);
      const newest = await read('a', { before: undefined }, 2);
      expect(ids(newest)).toEqual(['4', '5']);
      expect(newest).toMatchObject({ read: { offset: 4, epoch }, more: true, missing: false });
      const next = await read('a', { before: newest.read }, 2);
      expect(ids(next)).toEqual(['2', '3']);
      const first = await read('a', { before: next.read }, 2);
      expect(ids(first)).toEqual(['1']);
      expect(first).toMatchObject({ read: { offset: 1, epoch }, more: false, missing: false });
      expect(ids(await read('a', { before: { offset: 6, epoch } }, 1))).toEqual(['5']);
      for (const offset of [0, 1]) {
        const none = await read('a', { before: { offset, epoch } });
        expect(none).toMatchObject({ events: [], more: false, missing: false });
      }
    });

    it('[R-14] [R-15] backwards, a history that does not exist holds nothing, and nothing of it is missing', async () => {
      const { history } = (await kind.open()).adapters();
      const read = reading(history);
      expect(await read('a', { before: undefined })).toMatchObject({ events: [], more: false, missing: false });
      const { epoch = '' } = (await history.positions(['a'], undefined, true)).positions['a'] ?? {};
      const foretold = await read('a', { before: { offset: 1, epoch } });
      expect(foretold).toMatchObject({ events: [], more: false, missing: false });
      expect(await read('a', { before: { offset: 2, epoch } })).toMatchObject({ events: [], missing: true });
    });

    it('[R-15] backwards, a position of another epoch or beyond the end brings nothing, and all is missing', async () => {
      const { history } = (await kind.open()).adapters();
      const [, last] = await history.append([event('a', '1'), event('a', '2')]);
      const { epoch } = at(last);
      for (const before of [
        { offset: 2, epoch: 'other' },
        { offset: 4, epoch },
      ]) {
        const page = await reading(history)('a', { before });
        expect(page).toMatchObject({ events: [], more: false, missing: true, read: { offset: 3, epoch } });
      }
    });

    it('[R-15] backwards, what was cut is missing once its place is reached, and not before', async () => {
      const { history } = (await kind.open()).adapters({ maxEvents: 5 });
      const read = reading(history);
      for (let i = 1; i <= 12; i++) await history.append([event('a', `${i}`)]);
      const newest = await read('a', { before: undefined }, 3);
      expect(ids(newest)).toEqual(['10', '11', '12']);
      expect(newest).toMatchObject({ more: true, missing: false });
      const oldest = await read('a', { before: newest.read }, 2);
      expect(ids(oldest)).toEqual(['8', '9']);
      expect(oldest).toMatchObject({ more: false, missing: true });
      // It was cut since.
      const gone = await read('a', { before: { ...newest.read, offset: 6 } });
      expect(gone).toMatchObject({ events: [], more: false, missing: true });
    });

    it('[R-15] backwards, what was not kept between two events that are is missing', async () => {
      const store = await kind.open();
      const [on, off] = [store.adapters(), store.adapters({ enabled: false })];
      await on.history.append([event('a', '1'), event('a', '2')]);
      await off.history.append([event('a', '3')]);
      const read = reading(on.history);
      expect(await read('a', { before: undefined }, 1)).toMatchObject({ missing: true });
      await on.history.append([event('a', '4'), event('a', '5')]);
      const newest = await read('a', { before: undefined }, 2);
      expect(ids(newest)).toEqual(['4', '5']);
      expect(newest.missing).toBe(!newest.more);
    });

    it('[R-14] backwards, pages of any size give what paging forwards gives, whatever the filter', async () => {
      const { history } = (await kind.open()).adapters();
      const read = reading(history);
      let run = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.constantFrom('k', 'l'), { maxLength: 40 }),
          fc.integer({ min: 1, max: 7 }),
          fc.boolean(),
          async (categories, most, isFiltered) => {
            const channel = `back-${run++}`;
            const filter = isFiltered ? { categories: ['k'] } : {};
            await history.append(categories.map((category, i) => event(channel, `${i}`, { category })));
            const forwards: string[] = [];
            for (let from: ReadFrom = { since: 0 }; ; ) {
              const page = await read(channel, from, most, filter);
              forwards.push(...ids(page));
              if (!page.more) break;
              from = { after: page.read };
            }
            const backwards: string[] = [];
            for (let from: ReadFrom = { before: undefined }; ; ) {
              const page = await read(channel, from, most, filter);
              expect(page.missing).toBe(false);
              expect(page.events.length).toBeLessThanOrEqual(most);
              backwards.unshift(...ids(page));
              if (!page.more) break;
              from = { before: page.read };
            }
            expect(backwards).toEqual(forwards);
          },
        ),
        { numRuns: 30 },
      );
    });

    it('[R-14] [R-15] backwards, while appends and cuts go on, pages join, and what is cut before they came is missing', async () => {
      const store = await kind.open();
      const { history } = store.adapters({ maxEvents: 12 });
      const read = reading(history);
      const step = fc.oneof(
        fc.record({ append: fc.integer({ min: 1, max: 4 }) }),
        fc.record({ page: fc.integer({ min: 1, max: 5 }) }),
      );
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: 15 }), fc.array(step, { maxLength: 20 }), async (before, steps) => {
          const channel = `moving-${run++}`;
          let appended = 0;
          const append = async (count: number): Promise<void> => {
            for (let i = 0; i < count; i++) await history.append([event(channel, `${++appended}`)]);
          };
          await append(before);
          const found: number[] = [];
          let from: ReadFrom = { before: undefined };
          let end: number | undefined;
          let last: HistoryPage | undefined;
          const go = async (most: number): Promise<void> => {
            if (last?.more === false) return;
            end ??= appended;
            last = await read(channel, from, most);
            found.unshift(...last.events.map(({ offset }) => offset));
            from = { before: last.read };
            if (last.more) expect(last.missing).toBe(false);
          };
          for (const each of steps) await ('append' in each ? append(each.append) : go(each.page));
          while (last?.more !== false) await go(5);
          const lowest = (end ?? 0) + 1 - found.length;
          expect(found).toEqual(Array.from(found, (_, i) => lowest + i));
          expect(last.missing).toBe(lowest > 1);
          // What is kept now was kept then.
          const kept = await read(channel, { since: 0 });
          const [first] = kept.events;
          if (first !== undefined) expect(lowest).toBeLessThanOrEqual(Math.max(first.offset, 1));
        }),
        { numRuns: 60 },
      );
    });

    it('[R-14] backwards, a rare event far before is found in steps, each of which says how far it looked', async () => {
      const { history } = (await kind.open()).adapters({ maxEvents: 20_000 });
      await history.append([event('a', 'rare', { priority: 'critical' })]);
      for (let i = 0; i < 6; i++) {
        await history.append(Array.from({ length: 1_000 }, (_, n) => event('a', `${i}-${n}`)));
      }
      await findRare(history, { before: undefined }, ({ read }) => ({ before: read }));
    });

    it('reads more histories at once than fit into one round trip, in the given order', async () => {
      const { history } = (await kind.open()).adapters();
      const names = Array.from({ length: 1_200 }, (_, i) => `many:${i}`);
      await history.append([event('many:3', '3'), event('many:1100', '1100')]);
      const pages = await history.read(
        names.map((channel) => ({ name: { channel }, from: { since: 0 }, most: 1 })),
        {},
      );
      expect(pages).toHaveLength(1_200);
      expect(pages.flatMap((page, i) => ids(page).map((id) => `${i} ${id}`))).toEqual(['3 3', '1100 1100']);
    });

    it('a rare event far behind is found in steps, each of which says how far it looked', async () => {
      const { history } = (await kind.open()).adapters({ maxEvents: 20_000 });
      for (let i = 0; i < 6; i++) {
        await history.append(Array.from({ length: 1_000 }, (_, n) => event('a', `${i}-${n}`)));
      }
      await history.append([event('a', 'rare', { priority: 'critical' })]);
      await findRare(history, { since: 0 }, ({ read }) => ({ after: read }));
    });

    it('[R-10] finds the channels active under a first segment, and a user’s private ones', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const began = store.now();
      await history.append([
        event('user:1', '1'),
        event('user:2', '2'),
        event('memory.x', '3'),
        event('user:3', '4', { targetUsers: ['alice', 'bob'] }),
      ]);
      expect(await active(history, ['user:'], began)).toEqual(['user:1', 'user:2']);
      expect(await active(history, ['user:', 'never:'], began)).toEqual(['user:1', 'user:2']);
      expect(await active(history, [''], began)).toEqual(['memory.x', 'user:1', 'user:2']);
      expect(await active(history, [''], began + 10 * MINUTE)).toEqual([]);
      expect(await privately(history, 'alice', began)).toEqual(['user:3']);
      expect(await privately(history, 'carol', began)).toEqual([]);
    });

    it('[R-10] finds the channels of a pattern whatever the clock says of whoever appended to them', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const began = store.now();
      store.ahead = -10 * MINUTE;
      await history.append([event('jump:a', '1'), event('jump:b', '1', { targetUsers: ['alice'] })]);
      expect(await active(history, ['jump:'], began)).toEqual(['jump:a']);
      expect(await privately(history, 'alice', began)).toEqual(['jump:b']);
    });

    it('[R-12] finds them in the order of their names, behind any name, whatever they begin with', async () => {
      const store = await kind.open();
      const began = store.now();
      // Parts of which some begin others, and characters on both sides of those that separate, and behind U+FFFF.
      const part = fc.stringMatching(/^[ab]?([-:.0b；𝒳]?[ab])?$/u);
      const channel = fc
        .tuple(part, fc.constantFrom('', '.', ':', '-', '0', '𝒳', '；'), part)
        .map(([one, between, other]) => `${one}${between}${other}`)
        .filter((text) => /^[^:.]+([:.][^:.]+)*$/.test(text));
      const { history } = store.adapters();
      const known = new Set<string>();
      await fc.assert(
        fc.asyncProperty(
          fc.array(channel, { minLength: 1, maxLength: 20 }),
          fc.array(fc.oneof(fc.constant(''), part, channel), { minLength: 1, maxLength: 3 }),
          fc.oneof(fc.constant(''), part, channel),
          async (channels, prefixes, after) => {
            await history.append(
              channels.flatMap((text, i) => [event(text, `${i}`), event(text, `p${i}`, { targetUsers: ['alice'] })]),
            );
            for (const text of channels) known.add(text);
            const behind = [...known].filter((text) => text > after).sort();
            const asked = behind.filter((text) => prefixes.some((prefix) => text.startsWith(prefix)));
            expect(await active(history, prefixes, began, after)).toEqual(asked);
            expect(await privately(history, 'alice', began, after)).toEqual(behind);
          },
        ),
        { numRuns: 60 },
      );
    });

    it('[R-12] finds the few that are active among thousands, and the next of thousands, in order', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const name = (i: number): string => `many:${String(i).padStart(4, '0')}`;
      const names = Array.from({ length: 2_500 }, (_, i) => name(i));
      const began = store.now();
      await history.append(names.map((text) => event(text, '1')));
      expect(await active(history, ['many:'], began)).toEqual(names);
      expect(await active(history, ['many:1', 'many:2', ''], began, name(1_200))).toEqual(names.slice(1_201));
      store.ahead = 10 * MINUTE;
      const few = [name(2_400), name(3), name(1_999)];
      await store.adapters().history.append(few.map((text) => event(text, '2')));
      expect(await active(history, [''], began + 9 * MINUTE)).toEqual([...few].sort());
      expect(await active(history, ['many:2'], began + 9 * MINUTE, name(2_000))).toEqual([name(2_400)]);
    });

    it('[R-12] finds channels of a thousand first segments in order', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const names = Array.from({ length: 1_200 }, (_, i) => `${i}:x`).sort();
      const began = store.now();
      await history.append(names.map((text) => event(text, '1')));
      expect(await active(history, [''], began)).toEqual(names);
      expect(await active(history, ['1'], began, '11:x')).toEqual(
        names.filter((text) => text.startsWith('1') && text > '11:x'),
      );
    });

    it('finds thousands of channels appended to at one instant', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const began = store.now();
      await history.append(Array.from({ length: 1_500 }, (_, i) => event(`many:${i}`, '1')));
      expect(await active(history, ['many:'], began)).toHaveLength(1_500);
    });

    itInTime(kind, 'forgets channels that were long silent', async () => {
      const store = await kind.open();
      const { history } = store.adapters({ retention: HOUR });
      await history.append([event('x:old', '1'), event('y:old', '1'), event('x:own', '1', { targetUsers: ['alice'] })]);
      await store.pass(2 * HOUR);
      await history.append([event('x:new', '1')]);
      expect(await active(history, [''], 0)).toEqual(['x:new']);
      expect(await privately(history, 'alice', 0)).toEqual([]);
    });
  });
};
