import { describe, expect, it } from 'vitest';
import { event } from '../../unit/sync/world.ts';
import { itInTime, type StoreKind } from '../store.ts';
import { active, at, atUser } from './reading.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What it numbers, and what it knows again. */
export const appendingContract = (kind: StoreKind): void => {
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
  });
};
