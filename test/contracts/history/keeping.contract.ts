import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Appended } from '../../../lib/ports/broadcast.ts';
import type { ReadFrom } from '../../../lib/ports/history.ts';
import { event } from '../../unit/sync/world.ts';
import { itInTime, type StoreKind } from '../store.ts';
import { active, at, ids, privately, reading } from './reading.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What it keeps, and what it says of what it does not. */
export const keepingContract = (kind: StoreKind): void => {
  describe(`the history (${kind.name})`, () => {
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
  });
};
