import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Postings } from '../../lib/ports/postings.ts';
import { Fenced, type Turn } from '../../lib/ports/turn.ts';
import { itInTime, type StoreKind } from './store.ts';

const DAY = 86_400_000;

const HISTORIES = [
  { channel: 'a' },
  { channel: 'a', user: 'alice' },
  { channel: '__proto__', user: '' },
  { channel: 'b:c' },
];

/** Whether a turn counts a fence among those of which nothing is known. */
const isUnknown = ({ unknown }: Turn, fence: number): boolean =>
  unknown.some(([from, to]) => from <= fence && fence <= to);

/** A first turn of a shard, begun. */
const begun = async (postings: Postings, shard: string): Promise<Turn> => {
  const { turn } = await postings.claim(shard, 0);
  await postings.begin(turn, HISTORIES, true);
  return turn;
};

/** What {@link Postings} promises. */
export const postingsContract = (kind: StoreKind): void => {
  describe(`what is posted (${kind.name})`, () => {
    it('gives every turn a greater fence than all before, over all shards and processes', async () => {
      const store = await kind.open();
      const processes = [store.adapters().postings, store.adapters().postings];
      let highest = 0;
      for (let i = 0; i < 20; i++) {
        const postings = processes[i % 2] as Postings;
        const { turn } = await postings.claim(`s.${i % 3}`, 0);
        expect(turn.fence).toBeGreaterThan(highest);
        await postings.begin(turn, [], true);
        const next = await postings.finish(turn);
        expect(next?.fence).toBeGreaterThan(turn.fence);
        highest = next?.fence ?? Number.NaN;
      }
    });

    it.each([
      ['ahead', 3_600_000],
      ['behind', -3_600_000],
    ])(
      'begins no lower than the time, by the clock that is %s, so that what was forgotten stays below',
      async (_, ahead) => {
        const store = await kind.open();
        store.ahead = ahead;
        const { turn } = await store.adapters().postings.claim('s', 0);
        expect(turn.fence).toBeGreaterThanOrEqual(1_000 * (store.now() + Math.max(0, ahead) - 60_000));
        expect((await store.adapters().postings.claim('s', turn.fence + 7e9)).turn.fence).toBeGreaterThan(
          turn.fence + 7e9,
        );
      },
    );

    it('says what a turn that was not finished set out to post, and how far it came, until the next begins', async () => {
      const store = await kind.open();
      const { postings } = store.adapters();
      const turn = await begun(postings, 's');
      await postings.advance(turn, turn.fence, 'B');
      await postings.advance(turn, turn.fence, undefined);
      for (let tries = 0; tries < 2; tries++) {
        const { turn: later, unfinished } = await store.adapters().postings.claim('s', 0);
        expect(unfinished).toMatchObject({ fence: turn.fence, upTo: 'B' });
        expect(unfinished?.histories).toHaveLength(HISTORIES.length);
        expect(unfinished?.histories).toEqual(expect.arrayContaining(HISTORIES));
        expect(isUnknown(later, turn.fence)).toBe(false);
        await postings.advance(later, turn.fence, 'B');
      }
      // A shard has a record of its own.
      expect((await postings.claim('t', 0)).unfinished).toBeUndefined();
      const { turn: last } = await postings.claim('s', 0);
      await postings.begin(last, [{ channel: 'c' }], true);
      // Late word of what is finished says nothing of what is posted now.
      await postings.advance(last, turn.fence, 'Z');
      expect((await postings.claim('s', 0)).unfinished).toEqual({
        ...{ fence: last.fence, histories: [{ channel: 'c' }], upTo: undefined },
      });
    });

    it('knows nothing left of a turn that was finished, nor of what it appended anything unknown', async () => {
      const { postings } = (await kind.open()).adapters();
      const turn = await begun(postings, 's');
      const next = (await postings.finish(turn)) as Turn;
      await postings.begin(next, HISTORIES, true);
      expect(await postings.finish(next)).toBeDefined();
      const { turn: later, unfinished } = await postings.claim('s', 0);
      expect(unfinished).toBeUndefined();
      expect([turn, next].map(({ fence }) => isUnknown(later, fence))).toEqual([false, false]);
    });

    it('counts as unknown what came before the record, and a turn that appended without beginning', async () => {
      const { postings } = (await kind.open()).adapters();
      const turn = await begun(postings, 's');
      expect([0, 1, turn.fence - 1, turn.fence].map((fence) => isUnknown(turn, fence))).toEqual([
        true,
        true,
        true,
        false,
      ]);
      const next = (await postings.finish(turn)) as Turn;
      const { turn: later } = await postings.claim('s', 0);
      expect(isUnknown(later, next.fence)).toBe(true);
      await postings.begin(later, [], true);
      const { turn: last } = await postings.claim('s', 0);
      expect([next.fence, later.fence].map((fence) => isUnknown(last, fence))).toEqual([true, false]);
      // What could not be posted is unknown from then on.
      await postings.begin(last, [], false);
      expect(isUnknown((await postings.claim('s', 0)).turn, later.fence)).toBe(true);
    });

    it('refuses every step of a turn once a later one has begun', async () => {
      const store = await kind.open();
      const { postings } = store.adapters();
      const turn = await begun(postings, 's');
      const { turn: later } = await store.adapters().postings.claim('s', 0);
      for (const step of [
        () => postings.begin(turn, [], true),
        () => postings.advance(turn, turn.fence, 'A'),
        () => postings.finish(turn),
      ]) {
        await expect(step()).rejects.toThrow(Fenced);
      }
      await postings.advance(later, later.fence, undefined);
      // Of another shard it says nothing.
      const other = await begun(postings, 't');
      await postings.advance(later, later.fence, undefined);
      expect(await postings.finish(other)).toBeDefined();
    });

    it('answers a step that is sent again as it did', async () => {
      const { postings } = (await kind.open()).adapters();
      const turn = await begun(postings, 's');
      await postings.advance(turn, turn.fence, 'B');
      await postings.begin(turn, HISTORIES, true);
      const { unfinished } = await postings.claim('s', 0);
      expect(unfinished?.upTo).toBe('B');
      const again = await begun(postings, 's');
      const next = await postings.finish(again);
      expect(await postings.finish(again)).toEqual(next);
      // Until somebody else has begun a turn; this one is finished all the same.
      await postings.claim('s', 0);
      expect(await postings.finish(again)).toBeUndefined();
    });

    itInTime(kind, 'keeps a record while a shard sleeps', async () => {
      const store = await kind.open();
      const { postings } = store.adapters();
      const turn = await begun(postings, 's');
      await store.pass(30 * DAY);
      expect((await postings.claim('s', 0)).unfinished?.fence).toBe(turn.fence);
    });

    it('never counts as known what was not finished, whatever happens', async () => {
      const steps = fc.array(fc.constantFrom('claim', 'begin', 'finish', 'lost', 'part'), { maxLength: 15 });
      await fc.assert(
        fc.asyncProperty(steps, async (doing) => {
          const { postings } = (await kind.open()).adapters();
          const settled = new Set<number>();
          let [turn, left]: [Turn | undefined, number | undefined] = [undefined, undefined];
          const claim = async () => {
            const { turn: claimed, unfinished } = await postings.claim('s', 0);
            // Only the newest are told apart for ever.
            expect(unfinished?.fence).toBe(left);
            return claimed;
          };
          const appended: number[] = [];
          for (const step of doing) {
            turn ??= await claim();
            for (const fence of appended) {
              if (fence === left || fence === turn.fence) continue;
              expect([step, fence, isUnknown(turn, fence)]).toEqual([step, fence, !settled.has(fence)]);
            }
            if (step === 'claim') turn = undefined;
            else if (step === 'lost') appended.push(turn.fence);
            else if (step === 'finish') {
              if (left !== turn.fence) continue;
              settled.add(turn.fence);
              left = undefined;
              turn = await postings.finish(turn);
            } else if (left !== turn.fence) {
              const isKnown = step === 'begin';
              await postings.begin(turn, HISTORIES, isKnown);
              if (left !== undefined && isKnown) settled.add(left);
              left = turn.fence;
              appended.push(turn.fence);
              if (!isKnown) turn = undefined;
            }
          }
        }),
        { numRuns: 40 },
      );
    });
  });
};
