import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReadFrom } from '../../../lib/ports/history.ts';
import { event } from '../../unit/sync/world.ts';
import type { StoreKind } from '../store.ts';
import { at, findRare, ids, reading } from './reading.ts';

/** What is read of it, the oldest first. */
export const forwardsContract = (kind: StoreKind): void => {
  describe(`the history (${kind.name})`, () => {
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
  });
};
