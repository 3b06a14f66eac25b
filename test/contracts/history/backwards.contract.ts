import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HistoryPage, ReadFrom } from '../../../lib/ports/history.ts';
import { event } from '../../unit/sync/world.ts';
import type { StoreKind } from '../store.ts';
import { at, findRare, ids, reading } from './reading.ts';

/** What is read of it from its end. */
export const backwardsContract = (kind: StoreKind): void => {
  describe(`the history (${kind.name})`, () => {
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
  });
};
