import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Appended, Broadcast } from '../../lib/ports/broadcast.ts';
import type { History } from '../../lib/ports/history.ts';
import {
  hasNumber,
  MOST_OF_USER,
  MOST_PUBLISHERS,
  publishedBy,
  type Remembered,
  WINDOW,
} from '../../lib/ports/sequence.ts';
import { event } from '../unit/sync/world.ts';
import { itInTime, type StoreKind } from './store.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A write of bob’s store; its id is another each time. */
const write = (number: number, extra: Partial<Broadcast> = {}, publisher = 'store'): Broadcast =>
  event('a', `${Math.random()}`, { sequence: { publisher, number }, ...extra });

const placesIn = async (history: History, broadcasts: readonly Broadcast[]): Promise<readonly Appended[]> =>
  (await history.append(broadcasts)).flatMap((recorded) =>
    'at' in recorded ? [recorded.at] : [...recorded.atUser.values()],
  );

/** Which are new. */
const news = async (history: History, broadcasts: readonly Broadcast[]): Promise<readonly boolean[]> =>
  (await placesIn(history, broadcasts)).map(({ duplicate }) => !duplicate);

const rememberedIn = async (history: History, publisher = 'store', user = 'bob'): Promise<Remembered> => {
  const [remembered] = await history.remembered([{ name: { channel: 'a' }, publisher: { user, publisher } }]);
  return remembered as Remembered;
};

/** What {@link History} promises of broadcasts with a sequence. */
export const sequencesContract = (kind: StoreKind): void => {
  describe(`sequences (${kind.name})`, () => {
    it('[B-13] appends a number once for each publisher of a user and channel, whatever its id', async () => {
      const { history } = (await kind.open()).adapters();
      const places = await placesIn(history, [
        write(1),
        write(1),
        write(2),
        write(1, {}, 'other'),
        write(1, { userId: 'carol' }),
        write(1, { channel: event('b', '').channel }),
      ]);
      expect(places.map(({ offset, duplicate }) => [offset, duplicate])).toEqual([
        [1, false],
        // Where it went is not kept.
        [0, true],
        [2, false],
        [3, false],
        [4, false],
        [1, false],
      ]);
      expect(await news(history, [write(2), write(3)])).toEqual([false, true]);
    });

    it('[B-13] tells which numbers were appended in any order, up to a hundred below the highest', async () => {
      const numbers = fc.array(fc.nat({ max: 3 * WINDOW }), { minLength: 1, maxLength: 60 });
      const store = await kind.open();
      const { history } = store.adapters();
      let publisher = 0;
      await fc.assert(
        fc.asyncProperty(numbers, async (sent) => {
          publisher++;
          const taken = new Set<number>();
          const [first = 0] = sent;
          let highest = 0;
          const expected = sent.map((n) => {
            const isKnown = highest - n > WINDOW ? n >= first : taken.has(n);
            if (highest - n <= WINDOW) taken.add(n);
            highest = Math.max(highest, n);
            return !isKnown;
          });
          const writes = sent.map((n) => write(n + 1, {}, `${publisher}`));
          expect(await news(history, writes)).toEqual(expected);
          const { numbers: known } = await rememberedIn(history, `${publisher}`);
          expect(known).toMatchObject({ from: first + 1, highest: highest + 1 });
          for (const n of sent) {
            if (highest - n <= WINDOW) expect(known && hasNumber(known, n + 1)).toBe(true);
          }
        }),
        { numRuns: 40 },
      );
    });

    it('[B-16] tells of each number when it was published first, whatever came of the publisher since', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const began = Math.floor(store.now() / 1_000) * 1_000 - HOUR;
      const at = (number: number, minute: number) => write(number, { published: began + minute * MINUTE });
      await history.append([at(5, 0), at(7, 1)]);
      await history.append([at(6, 2), at(6, 3), at(5, 4), at(9, 5)]);
      const timesOf = async (numbers: readonly number[]) => {
        const { numbers: known } = await rememberedIn(history);
        return numbers.map((number) => known && (publishedBy(known, number) - began) / MINUTE);
      };
      expect(await timesOf([5, 6, 7, 9])).toEqual([0, 2, 1, 5]);
      // Of those that left the window it says no later than of the first that is in it.
      await history.append([at(9 + WINDOW, 6), at(10 + WINDOW, 7)]);
      expect(await timesOf([5, 9, 9 + WINDOW, 10 + WINDOW])).toEqual([6, 6, 6, 7]);
      await history.append([at(11, 8)]);
      expect(await timesOf([5, 11])).toEqual([8, 8]);
    });

    it('[B-13] takes an id that is known for a repetition whatever its number, which is known from then on', async () => {
      const { history } = (await kind.open()).adapters();
      const [first] = await placesIn(history, [write(1, { id: 'same' }), write(2)]);
      expect(await placesIn(history, [write(3, { id: 'same' })])).toEqual([{ ...first, duplicate: true }]);
      expect(await news(history, [write(3), write(4)])).toEqual([false, true]);
      // Of a publisher that is not remembered an old write says nothing of those behind it.
      await history.append([event('a', 'plain')]);
      await history.append([write(7, { id: 'plain' }, 'new')]);
      expect((await rememberedIn(history, 'new')).numbers).toBeUndefined();
    });

    it('[B-13] remembers numbers when the ids are forgotten', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const began = store.now() - HOUR;
      const writes = Array.from({ length: 30 }, (_, i) => write(i + 1, { id: `${i}`, published: began }));
      await history.append(writes);
      await history.append(Array.from({ length: 60 }, (_, i) => event('a', `new ${i}`, { published: store.now() })));
      // Without its number, one of them is appended.
      const { sequence: _, ...plain } = writes[0] as Broadcast;
      expect(await news(history, [...writes.slice(1), plain])).toEqual([...writes.slice(1).map(() => false), true]);
    });

    it('[B-13] counts a private write in the history of each user it names', async () => {
      const { history } = (await kind.open()).adapters();
      await history.append([write(1, { targetUsers: ['alice'] })]);
      expect(await news(history, [write(1, { targetUsers: ['alice', 'carol'] })])).toEqual([false, true]);
      expect(await news(history, [write(1)])).toEqual([true]);
      const remembered = await history.remembered(
        ['alice', 'dave'].map((user) => ({
          name: { channel: 'a', user },
          publisher: { user: 'bob', publisher: 'store' },
        })),
      );
      expect(remembered.map(({ numbers }) => numbers?.highest)).toEqual([1, undefined]);
    });

    it('[B-13] is told to be new to every try of the turn that appended it', async () => {
      const { history } = (await kind.open()).adapters();
      const turn = { shard: 'q', fence: 1, unknown: [] };
      const one = write(1, { id: '1' });
      const again = await history.append([{ ...one }], turn).then(() => history.append([{ ...one }], turn));
      expect(again).toMatchObject([{ at: { offset: 1, duplicate: false } }]);
      const other = await history.append([write(1)], turn);
      expect(other).toMatchObject([{ at: { duplicate: true } }]);
    });

    it(`[B-17] remembers ${MOST_PUBLISHERS} publishers of a history, and says since when it forgot none`, async () => {
      const store = await kind.open();
      const { history } = store.adapters({ retention: 2 * HOUR });
      const began = store.now() - HOUR;
      const by = (i: number, published: number) => write(1, { userId: `user ${i}`, published });
      await history.append(Array.from({ length: MOST_PUBLISHERS }, (_, i) => by(i, began + i)));
      const user = (i: number) => rememberedIn(history, 'store', `user ${i}`);
      const { numbers, since } = await user(0);
      expect(numbers).toMatchObject({ from: 1, highest: 1, window: '1', used: began });
      expect(since).toBeLessThanOrEqual(store.now() - 2 * HOUR);
      // The first is used once more, and is no longer the one that was quiet longest.
      expect(await news(history, [write(2, { userId: 'user 0', published: began + HOUR / 2 })])).toEqual([true]);
      await history.append([by(MOST_PUBLISHERS, began + HOUR / 2)]);
      expect((await user(0)).numbers).toMatchObject({ highest: 2, window: '11', used: began + HOUR / 2 });
      expect(await user(1)).toEqual({ numbers: undefined, since: began + 1 });
      expect(await news(history, [by(2, began + HOUR / 2), by(1, began + HOUR / 2)])).toEqual([false, true]);
    });

    it.each([
      ['ahead of', 10 * MINUTE],
      ['behind', -10 * MINUTE],
    ])(
      '[B-16] [B-17] takes a write to be published when it says, by a clock that is %s the store’s',
      async (_, ahead) => {
        const store = await kind.open();
        const { history } = store.adapters({ retention: 2 * HOUR });
        store.ahead = ahead;
        const published = store.now() + ahead - MINUTE;
        await history.append([write(1, { published })]);
        expect((await rememberedIn(history)).numbers).toMatchObject({ used: published });
        // By the same clock its client says when it was first sent. Were it taken to be older, it could be appended once more.
        await history.append(
          Array.from({ length: MOST_OF_USER }, (_, i) => write(1, { published: published + i + 1 }, `store ${i}`)),
        );
        expect(await rememberedIn(history)).toEqual({ numbers: undefined, since: published });
      },
    );

    it(`[B-17] remembers ${MOST_OF_USER} publishers of one user, whose own are forgotten for more`, async () => {
      const store = await kind.open();
      const { history } = store.adapters({ retention: 2 * HOUR });
      const began = store.now() - HOUR;
      await history.append([write(1, { userId: 'alice', published: began })]);
      const writes = Array.from({ length: MOST_OF_USER + 2 }, (_, i) =>
        write(1, { published: began + i + 1 }, `store ${i}`),
      );
      await history.append(writes);
      expect((await rememberedIn(history, 'store', 'alice')).numbers?.highest).toBe(1);
      expect(await rememberedIn(history, 'store 1')).toEqual({ numbers: undefined, since: began + 2 });
      expect((await rememberedIn(history, 'store 2')).numbers?.highest).toBe(1);
    });

    it('[B-17] has nothing unknown of others where one user has more publishers than it may', async () => {
      const store = await kind.open();
      const { history } = store.adapters({ retention: 2 * HOUR });
      const began = store.now() - HOUR;
      const many = (user: string, from: number, count: number) =>
        Array.from({ length: count }, (_, i) =>
          write(1, { userId: user, published: began + from + i }, `store ${from + i}`),
        );
      await history.append(many('bob', 1, MOST_OF_USER + 3));
      expect((await rememberedIn(history, 'another')).since).toBe(began + 3);
      expect((await rememberedIn(history, 'store', 'alice')).since).toBeLessThan(began);
      // Once all of bob's are forgotten for others, what was forgotten of him is that of all.
      await history.append(
        Array.from({ length: MOST_PUBLISHERS }, (_, i) =>
          write(1, { userId: `user ${i}`, published: began + 1_000 + i }),
        ),
      );
      const last = began + MOST_OF_USER + 3;
      expect((await rememberedIn(history, 'store', 'alice')).since).toBe(last);
      expect((await rememberedIn(history, 'another')).since).toBe(last);
    });

    itInTime(kind, '[B-13] remembers a publisher for as long as events are kept, from its last write on', async () => {
      const store = await kind.open();
      const { history } = store.adapters({ retention: 72 * HOUR });
      await history.append([write(1)]);
      await store.pass(71 * HOUR);
      await history.append([write(2)]);
      await store.pass(71 * HOUR);
      expect(await news(history, [write(1), write(2)])).toEqual([false, false]);
      await store.pass(73 * HOUR);
      const { numbers, since } = await rememberedIn(history);
      expect(numbers).toBeUndefined();
      expect(since).toBe(store.now() - 72 * HOUR);
    });
  });
};
