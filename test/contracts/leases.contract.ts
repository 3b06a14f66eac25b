import { describe, expect, it } from 'vitest';
import { itInTime, type StoreKind } from './store.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const [ONE, OTHER] = ['http://one:3001', 'http://other:3001/stage'];

/** What {@link Leases} promises. */
export const leasesContract = (kind: StoreKind): void => {
  describe(`leases (${kind.name})`, () => {
    it('one that was renewed has not ended, whoever asks; nor has one that never was', async () => {
      const store = await kind.open();
      await store.adapters().leases.renew(ONE);
      expect(await store.adapters().leases.hasEnded(ONE)).toBe(false);
      expect(await store.adapters().leases.hasEnded(OTHER)).toBe(false);
    });

    itInTime(kind, 'ends half a minute after it was last renewed, and begins again when it is', async () => {
      const store = await kind.open();
      const { leases } = store.adapters();
      await leases.renew(ONE);
      await store.pass(20 * SECOND);
      await leases.renew(ONE);
      await leases.renew(OTHER);
      await store.pass(20 * SECOND);
      expect(await leases.hasEnded(ONE)).toBe(false);
      await store.pass(11 * SECOND);
      expect([await leases.hasEnded(ONE), await leases.hasEnded(OTHER)]).toEqual([true, true]);
      await leases.renew(ONE);
      expect([await leases.hasEnded(ONE), await leases.hasEnded(OTHER)]).toEqual([false, true]);
      await store.pass(3 * HOUR);
      expect(await leases.hasEnded(OTHER)).toBe(false);
    });
  });
};
