import { describe, expect, it } from 'vitest';
import { BACKLOG_PARTS, type Backlog, partOfShard, type Waiting, type Watch } from '../../lib/ports/backlog.ts';
import type { HistoryName } from '../../lib/ports/history.ts';
import { Fenced } from '../../lib/ports/turn.ts';
import { event } from '../unit/sync/world.ts';
import type { Adapters, StoreKind } from './store.ts';

const SHARD = 'events.3';
const ALL = { enabled: true, private: true };

const names = (waiting: readonly Waiting[]): readonly HistoryName[] => waiting.map(({ name }) => name);

/** Appends some events to a channel, and notes it. */
const append = async ({ history, backlog }: Adapters, channel: string, ids: readonly string[]): Promise<void> => {
  await history.append(ids.map((id) => event(channel, id)));
  await backlog.note(SHARD, [{ channel }]);
};

const claimed = (backlog: Backlog): Promise<Watch> => backlog.claim(partOfShard(SHARD));

/** What {@link Backlog} promises. */
export const backlogContract = (kind: StoreKind): void => {
  describe(`what is to be announced (${kind.name})`, () => {
    it('knows histories that were noted, in the part of their shard, until they are settled', async () => {
      const store = await kind.open();
      const { backlog } = store.adapters();
      const wanted = [{ channel: 'a' }, { channel: '__proto__' }, { channel: 'b:ü', user: 'alice c' }];
      await backlog.note(SHARD, wanted);
      await backlog.note('events.4', [{ channel: 'other' }]);
      const other = store.adapters().backlog;
      const watch = await claimed(other);
      const waiting = await other.waiting(watch, 10);
      expect(names(waiting)).toHaveLength(3);
      expect(names(waiting)).toEqual(expect.arrayContaining(wanted));
      expect(await other.waiting(watch, 2)).toHaveLength(2);
      for (const each of waiting) await other.settle(watch, each);
      expect(await backlog.waiting(watch, 10)).toEqual([]);
      expect(names(await backlog.waiting(await backlog.claim(partOfShard('events.4')), 10))).toEqual([
        { channel: 'other' },
      ]);
    });

    it('gives the shards of one generation parts of their own, and those of another a part as well', () => {
      const parts = Array.from({ length: BACKLOG_PARTS }, (_, i) => partOfShard(`events.${i}`));
      expect(new Set(parts).size).toBe(BACKLOG_PARTS);
      for (const shard of ['events-2.17', 'x-events.0', 'q']) {
        expect(partOfShard(shard)).toBeGreaterThanOrEqual(0);
        expect(partOfShard(shard)).toBeLessThan(BACKLOG_PARTS);
      }
    });

    it('keeps what was noted again since it was looked at', async () => {
      const { backlog } = (await kind.open()).adapters();
      await backlog.note(SHARD, [{ channel: 'a' }]);
      const watch = await claimed(backlog);
      const [before] = await backlog.waiting(watch, 10);
      await backlog.note(SHARD, [{ channel: 'a' }]);
      await backlog.settle(watch, before as Waiting);
      const [after] = await backlog.waiting(watch, 10);
      expect(after?.name).toEqual({ channel: 'a' });
      await backlog.settle(watch, after as Waiting);
      expect(await backlog.waiting(watch, 10)).toEqual([]);
      // Sent again, for its answer was lost.
      await backlog.settle(watch, after as Waiting);
    });

    it('lets others come before what is put off, and says how long what waits longest has waited', async () => {
      const { backlog } = (await kind.open()).adapters();
      expect(await backlog.age()).toBe(0);
      await backlog.note(SHARD, [{ channel: 'a' }]);
      await backlog.note(SHARD, [{ channel: 'b' }]);
      const watch = await claimed(backlog);
      const [first] = await backlog.waiting(watch, 1);
      await backlog.postpone(watch, first as Waiting, 3_600_000);
      const waiting = await backlog.waiting(watch, 10);
      expect(waiting).toHaveLength(1);
      expect(waiting[0]?.name).not.toEqual(first?.name);
      // Noted again, it is put off all the same.
      await backlog.note(SHARD, [first?.name as HistoryName]);
      expect(await backlog.waiting(watch, 10)).toHaveLength(1);
      await backlog.settle(watch, waiting[0] as Waiting);
      // What is settled is not put off.
      await backlog.postpone(watch, waiting[0] as Waiting, 0);
      expect(await backlog.waiting(watch, 10)).toEqual([]);
      await backlog.note('events.5', [{ channel: 'c' }]);
      expect(await backlog.age()).toBeGreaterThanOrEqual(0);
    });

    it('begins a cursor before the first event that was appended while back-ends were to hear it', async () => {
      const store = await kind.open();
      const before = store.adapters();
      await before.history.append(['1', '2', '3'].map((id) => event('a', id)));
      const adapters = store.adapters({ announced: { enabled: true, private: false } });
      const watch = await claimed(adapters.backlog);
      expect(await adapters.backlog.takeUp(watch, { channel: 'a' })).toBeUndefined();
      // The second is a repeat: it may have been appended by who was ended before anybody noted it.
      const [, at] = await adapters.history.append([event('a', '4'), event('a', '2')]);
      const epoch = at !== undefined && 'at' in at ? at.at.epoch : '';
      expect(await adapters.backlog.takeUp(watch, { channel: 'a' })).toEqual({ epoch, offset: 1 });
      await adapters.history.append([event('a', '5'), event('p', '1', { targetUsers: ['alice'] })]);
      expect(await adapters.backlog.takeUp(watch, { channel: 'a' })).toEqual({ epoch, offset: 1 });
      expect(await adapters.backlog.takeUp(watch, { channel: 'p', user: 'alice' })).toBeUndefined();
      expect(await adapters.backlog.takeUp(watch, { channel: 'none' })).toBeUndefined();
      await store.adapters({ announced: ALL }).history.append([event('p', '2', { targetUsers: ['alice'] })]);
      expect(await adapters.backlog.takeUp(watch, { channel: 'p', user: 'alice' })).toMatchObject({ offset: 1 });
    });

    it('moves a cursor from where it stands, and says the same when it comes again', async () => {
      const adapters = (await kind.open()).adapters({ announced: ALL });
      const { backlog } = adapters;
      await append(adapters, 'a', ['1', '2', '3']);
      const watch = await claimed(backlog);
      const from = await backlog.takeUp(watch, { channel: 'a' });
      if (from === undefined) throw new Error('no cursor');
      expect(from.offset).toBe(0);
      for (let times = 0; times < 2; times++) await backlog.advance(watch, { channel: 'a' }, from, 2);
      await backlog.advance(watch, { channel: 'a' }, { ...from, offset: 2 }, 2);
      expect(await backlog.takeUp(watch, { channel: 'a' })).toEqual({ ...from, offset: 2 });
      // It was set back, or is another history.
      await expect(backlog.advance(watch, { channel: 'a' }, { ...from, offset: 1 }, 3)).rejects.toThrow(Fenced);
      await expect(backlog.advance(watch, { channel: 'a' }, { epoch: 'other', offset: 2 }, 3)).rejects.toThrow(Fenced);
      await expect(backlog.advance(watch, { channel: 'b' }, from, 1)).rejects.toThrow(Fenced);
    });

    it('refuses every step of a watch once a later one has begun', async () => {
      const store = await kind.open();
      const adapters = store.adapters({ announced: ALL });
      const { backlog } = adapters;
      await append(adapters, 'a', ['1']);
      const earlier = await claimed(backlog);
      const [waiting] = (await backlog.waiting(earlier, 10)) as [Waiting];
      const from = (await backlog.takeUp(earlier, { channel: 'a' })) ?? { epoch: '', offset: -1 };
      const other = store.adapters({ announced: ALL }).backlog;
      const later = await claimed(other);
      expect(later.fence).toBeGreaterThan(earlier.fence);
      await expect(backlog.waiting(earlier, 10)).rejects.toThrow(Fenced);
      await expect(backlog.settle(earlier, waiting)).rejects.toThrow(Fenced);
      await expect(backlog.postpone(earlier, waiting, 1)).rejects.toThrow(Fenced);
      // Of a history that its successor has not taken up it may note how far it came.
      await backlog.advance(earlier, { channel: 'a' }, from, from.offset);
      expect(await other.takeUp(later, { channel: 'a' })).toEqual(from);
      await expect(backlog.advance(earlier, { channel: 'a' }, from, 1)).rejects.toThrow(Fenced);
      await expect(backlog.takeUp(earlier, { channel: 'a' })).rejects.toThrow(Fenced);
      await other.advance(later, { channel: 'a' }, from, 1);
      expect(names(await other.waiting(later, 10))).toEqual([{ channel: 'a' }]);
    });

    it.each([
      ['ahead', 3_600_000],
      ['behind', -3_600_000],
    ])('begins no watch lower than the time, by the clock that is %s', async (_, ahead) => {
      const store = await kind.open();
      store.ahead = ahead;
      const { fence } = await claimed(store.adapters().backlog);
      expect(fence).toBeGreaterThanOrEqual(1_000 * (store.now() + Math.max(0, ahead) - 60_000));
    });
  });
};
