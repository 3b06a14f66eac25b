import { describe, expect, it } from 'vitest';
import { connection } from '../unit/sync/world.ts';
import { itInTime, type StoreKind } from './store.ts';
import { byMatching, byName, byShape } from './subscriptions.contract.ts';

const HOUR = 3_600_000;

/** What {@link Subscriptions} promise of the registry that is pruned. */
export const registryContract = (kind: StoreKind): void => {
  describe(`the registry (${kind.name})`, () => {
    it('removes a pattern without listeners, but not one that is asked for meanwhile', async () => {
      const { subscriptions, directory } = (await kind.open()).adapters();
      await subscriptions.add(connection('A'), [byName('a'), byMatching('/b/'), byMatching('c?:d')], 10);
      const before = await subscriptions.changes(undefined);
      await directory.close('A');
      await subscriptions.add(connection('B'), [byMatching('/b/')], 10);
      expect(await subscriptions.pruneRegistry(100)).toBe(1);
      const after = await subscriptions.changes(before.place);
      expect({ reset: after.reset, removed: after.removed }).toEqual({ reset: false, removed: [{ pattern: 'c?:d' }] });
      expect((await subscriptions.changes(undefined)).added).toEqual([{ pattern: '/b/' }]);
    });

    it('looks at a large registry in parts, and comes to all of it', async () => {
      const { subscriptions, directory } = (await kind.open()).adapters();
      const patterns = Array.from({ length: 900 }, (_, i) => byMatching(`/${i}/`));
      await subscriptions.add(connection('A'), patterns, 1_000);
      await subscriptions.add(connection('B'), [byMatching('/kept/')], 10);
      await directory.close('A');
      let removed = 0;
      for (let looks = 0; removed < 900; looks++) {
        expect(looks).toBeLessThan(100);
        const now = await subscriptions.pruneRegistry(50);
        expect(now).toBeLessThan(300);
        removed += now;
      }
      expect((await subscriptions.changes(undefined)).added).toEqual([{ pattern: '/kept/' }]);
    });

    it('a registry of which nothing is left begins anew, and readers read it anew', async () => {
      const { subscriptions, directory } = (await kind.open()).adapters();
      expect(await subscriptions.pruneRegistry(100)).toBe(0);
      await subscriptions.add(connection('A'), [byMatching('/a/')], 10);
      const { place } = await subscriptions.changes(undefined);
      await directory.close('A');
      expect(await subscriptions.pruneRegistry(100)).toBe(1);
      expect(await subscriptions.changes(place)).toMatchObject({ reset: true, added: [] });
      await subscriptions.add(connection('A'), [byMatching('/b/')], 10);
      expect(await subscriptions.changes(place)).toMatchObject({ reset: true, added: [{ pattern: '/b/' }] });
    });

    it('keeps a shape that a connection which lives can have asked for', async () => {
      const { subscriptions, directory } = (await kind.open()).adapters();
      await subscriptions.add(connection('A'), [byShape('user:*', '_:*')], 10);
      await directory.close('A');
      expect(await subscriptions.pruneRegistry(100)).toBe(0);
    });

    itInTime(kind, 'removes a shape once no connection that lives can have asked for it', async () => {
      const store = await kind.open();
      const { subscriptions } = store.adapters();
      await subscriptions.add(connection('A'), [byShape('user:*', '_:*')], 10);
      // Others keep the registry as a whole.
      for (let hours = 0; hours < 3; hours++) {
        await store.pass(HOUR);
        await subscriptions.add(connection('B'), [byMatching('/b/')], 10);
      }
      expect(await subscriptions.pruneRegistry(100)).toBe(1);
      expect((await subscriptions.changes(undefined)).added).toEqual([{ pattern: '/b/' }]);
    });
  });
};
