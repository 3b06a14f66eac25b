import { describe, expect, it } from 'vitest';
import { connection } from '../unit/sync/world.ts';
import { itInTime, type StoreKind } from './store.ts';
import { byMatching, byName, byShape } from './subscriptions.contract.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Long after everything has become due, milliseconds since 1970. */
const LATE = Number.MAX_SAFE_INTEGER;

/** What {@link Leftovers} promises. */
export const leftoversContract = (kind: StoreKind): void => {
  describe(`leftovers (${kind.name})`, () => {
    it('[S-8] every connection that was opened, or subscribed, comes up until it is closed', async () => {
      const store = await kind.open();
      const { connections, subscriptions, leftovers } = store.adapters();
      await connections.open(connection('opened'));
      await subscriptions.add(connection('subscribed'), [byName('a')], 10);
      await connections.open(connection('closed'));
      await connections.close('closed');
      expect(await leftovers.due(store.now(), 10)).toEqual([]);
      const due = await leftovers.due(LATE, 10);
      expect(due.map(({ id, endpoint }) => [id, endpoint]).sort()).toEqual([
        ['opened', 'http://gateway'],
        ['subscribed', 'http://gateway'],
      ]);
      expect(await leftovers.due(LATE, 1)).toHaveLength(1);
    });

    it('[S-8] one that was put off comes up later, behind those overdue for longer; one that was closed never', async () => {
      const store = await kind.open();
      const { connections, leftovers } = store.adapters();
      for (const id of ['A', 'B', 'C']) await connections.open(connection(id));
      await connections.close('C');
      await leftovers.postpone('A', store.now() + 2 * HOUR);
      await leftovers.postpone('B', store.now() + HOUR);
      await leftovers.postpone('C', store.now());
      const ids = async (now: number) => (await leftovers.due(now, 10)).map(({ id }) => id);
      expect(await ids(store.now() + 30 * MINUTE)).toEqual([]);
      expect(await ids(store.now() + 90 * MINUTE)).toEqual(['B']);
      expect(await ids(LATE)).toEqual(['B', 'A']);
    });

    it('[S-8] opening or subscribing again does not put off the look for a connection', async () => {
      const store = await kind.open();
      const { connections, subscriptions, leftovers } = store.adapters();
      await connections.open(connection('A'));
      await leftovers.postpone('A', store.now());
      await connections.open(connection('A'));
      await subscriptions.add(connection('A'), [byName('a')], 10);
      expect(await leftovers.due(store.now() + 1, 10)).toMatchObject([{ id: 'A' }]);
    });

    itInTime(kind, 'says how long a connection has been quiet', async () => {
      const store = await kind.open();
      const { connections, leftovers } = store.adapters();
      await connections.open(connection('A'));
      await store.pass(11 * MINUTE);
      expect(await leftovers.due(store.now(), 10)).toEqual([
        { id: 'A', endpoint: 'http://gateway', quiet: 11 * MINUTE },
      ]);
      await connections.seen('A');
      await store.pass(MINUTE);
      expect(await leftovers.due(store.now(), 10)).toMatchObject([{ quiet: MINUTE }]);
      await store.pass(3 * HOUR);
      expect(await leftovers.due(store.now(), 10)).toEqual([
        { id: 'A', endpoint: undefined, quiet: Number.POSITIVE_INFINITY },
      ]);
    });

    it('[E-7] a socket that could not be closed comes up until it is, and nothing else is left of its connection', async () => {
      const store = await kind.open();
      const { connections, subscriptions, leftovers } = store.adapters();
      for (const id of ['A', 'B']) await connections.open(connection(id));
      await subscriptions.add(connection('A'), [byName('a')], 10);
      await connections.leave(connection('A'));
      await connections.leave(connection('A'));
      await connections.leave({ ...connection('B'), endpoint: 'http://other:1/stage' });
      expect(await leftovers.due(LATE, 10)).toEqual([]);
      expect(await subscriptions.count('A')).toBe(0);
      const unclosed = await leftovers.unclosed(10);
      expect(unclosed).toEqual([
        { id: 'A', endpoint: 'http://gateway' },
        { id: 'B', endpoint: 'http://other:1/stage' },
      ]);
      expect(await leftovers.unclosed(1)).toHaveLength(1);
      await leftovers.closed({ id: 'A', endpoint: 'http://gateway' });
      await leftovers.closed({ id: 'A', endpoint: 'http://gateway' });
      expect(await leftovers.unclosed(10)).toMatchObject([{ id: 'B' }]);
    });

    itInTime(kind, 'forgets a socket that the gateway itself has closed by now', async () => {
      const store = await kind.open();
      const { connections, leftovers } = store.adapters();
      await connections.leave(connection('A'));
      await store.pass(3 * HOUR);
      await connections.leave(connection('B'));
      expect(await leftovers.unclosed(10)).toMatchObject([{ id: 'B' }]);
    });

    it('removes a pattern without listeners, but not one that is asked for meanwhile', async () => {
      const { subscriptions, leftovers, connections } = (await kind.open()).adapters();
      await subscriptions.add(connection('A'), [byName('a'), byMatching('/b/'), byMatching('c?:d')], 10);
      const before = await subscriptions.changes(undefined);
      await connections.close('A');
      await subscriptions.add(connection('B'), [byMatching('/b/')], 10);
      expect(await leftovers.pruneRegistry(100)).toBe(1);
      const after = await subscriptions.changes(before.place);
      expect({ reset: after.reset, removed: after.removed }).toEqual({ reset: false, removed: [{ pattern: 'c?:d' }] });
      expect((await subscriptions.changes(undefined)).added).toEqual([{ pattern: '/b/' }]);
    });

    it('looks at a large registry in parts, and comes to all of it', async () => {
      const { subscriptions, leftovers, connections } = (await kind.open()).adapters();
      const patterns = Array.from({ length: 900 }, (_, i) => byMatching(`/${i}/`));
      await subscriptions.add(connection('A'), patterns, 1_000);
      await subscriptions.add(connection('B'), [byMatching('/kept/')], 10);
      await connections.close('A');
      let removed = 0;
      for (let looks = 0; removed < 900; looks++) {
        expect(looks).toBeLessThan(100);
        const now = await leftovers.pruneRegistry(50);
        expect(now).toBeLessThan(300);
        removed += now;
      }
      expect((await subscriptions.changes(undefined)).added).toEqual([{ pattern: '/kept/' }]);
    });

    it('a registry of which nothing is left begins anew, and readers read it anew', async () => {
      const { subscriptions, leftovers, connections } = (await kind.open()).adapters();
      expect(await leftovers.pruneRegistry(100)).toBe(0);
      await subscriptions.add(connection('A'), [byMatching('/a/')], 10);
      const { place } = await subscriptions.changes(undefined);
      await connections.close('A');
      expect(await leftovers.pruneRegistry(100)).toBe(1);
      expect(await subscriptions.changes(place)).toMatchObject({ reset: true, added: [] });
      await subscriptions.add(connection('A'), [byMatching('/b/')], 10);
      expect(await subscriptions.changes(place)).toMatchObject({ reset: true, added: [{ pattern: '/b/' }] });
    });

    it('keeps a shape that a connection which lives can have asked for', async () => {
      const { subscriptions, leftovers, connections } = (await kind.open()).adapters();
      await subscriptions.add(connection('A'), [byShape('user:*', '_:*')], 10);
      await connections.close('A');
      expect(await leftovers.pruneRegistry(100)).toBe(0);
    });

    itInTime(kind, 'removes a shape once no connection that lives can have asked for it', async () => {
      const store = await kind.open();
      const { subscriptions, leftovers } = store.adapters();
      await subscriptions.add(connection('A'), [byShape('user:*', '_:*')], 10);
      // Others keep the registry as a whole.
      for (let hours = 0; hours < 3; hours++) {
        await store.pass(HOUR);
        await subscriptions.add(connection('B'), [byMatching('/b/')], 10);
      }
      expect(await leftovers.pruneRegistry(100)).toBe(1);
      expect((await subscriptions.changes(undefined)).added).toEqual([{ pattern: '/b/' }]);
    });
  });
};
