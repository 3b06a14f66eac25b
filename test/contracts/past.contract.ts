import { describe, expect, it } from 'vitest';
import { MOST_POINTS } from '../../lib/ports/past.ts';
import { itInTime, type StoreKind } from './store.ts';

const HOUR = 3_600_000;
const BEGAN = 1_700_000_000_000;

/** What {@link Past} promises. */
export const pastContract = (kind: StoreKind): void => {
  describe(`the past (${kind.name})`, () => {
    it('[O-16] is known to every process, the oldest first', async () => {
      const store = await kind.open();
      const [one, other] = [store.adapters().past, store.adapters().past];
      expect(await one.latest()).toBeUndefined();
      expect(await one.points()).toEqual([]);
      await one.add({ at: BEGAN, values: { p50: 1.5 } }, { at: BEGAN, text: 'first' });
      await other.add({ at: BEGAN + 10, values: {} }, { at: BEGAN + 10, text: 'second' });
      expect(await one.latest()).toEqual({ at: BEGAN + 10, text: 'second' });
      expect(await other.points()).toEqual([
        { at: BEGAN, values: { p50: 1.5 } },
        { at: BEGAN + 10, values: {} },
      ]);
    });

    it('[O-16] has as many points as there are in an hour, and none older than that', async () => {
      const { past } = (await kind.open()).adapters();
      await past.add({ at: BEGAN - HOUR, values: {} }, { at: BEGAN - HOUR, text: '' });
      await past.add({ at: BEGAN, values: {} }, { at: BEGAN, text: '' });
      expect((await past.points()).map(({ at }) => at)).toEqual([BEGAN]);
      for (let n = 1; n <= MOST_POINTS; n++) await past.add({ at: BEGAN + n, values: {} }, { at: BEGAN + n, text: '' });
      const points = await past.points();
      expect(points).toHaveLength(MOST_POINTS);
      expect(points.at(-1)?.at).toBe(BEGAN + MOST_POINTS);
    });

    it('[O-16] one of those who want to makes a point', async () => {
      const store = await kind.open();
      const claims = await Promise.all([0, 1, 2].map(() => store.adapters().past.claim(60_000)));
      expect(claims.filter((isMine) => isMine)).toHaveLength(1);
    });

    itInTime(kind, '[O-16] the next point can be made after the pause, and what is old is forgotten', async () => {
      const store = await kind.open();
      const { past } = store.adapters();
      expect(await past.claim(10_000)).toBe(true);
      await store.pass(10_001);
      expect(await past.claim(10_000)).toBe(true);
      await past.add({ at: store.now(), values: {} }, { at: store.now(), text: '' });
      await store.pass(HOUR + 1);
      expect(await past.points()).toEqual([]);
      expect(await past.latest()).toBeUndefined();
    });
  });
};
