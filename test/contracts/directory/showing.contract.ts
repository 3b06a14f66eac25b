import { describe, expect, it } from 'vitest';
import { parseCapabilities } from '../../../lib/protocol/capabilities.ts';
import { openSession } from '../../../lib/protocol/session.ts';
import { connection } from '../../unit/sync/world.ts';
import { itInTime, type StoreKind } from '../store.ts';
import { byName } from '../subscriptions.contract.ts';

const HOUR = 3_600_000;

/** What {@link Directory} promises whoever watches over the service. */
export const showingContract = (kind: StoreKind): void => {
  describe(`open connections (${kind.name})`, () => {
    it('[O-9] shows who is connected, the longest open first, each in exactly one page', async () => {
      const store = await kind.open();
      const { directory } = store.adapters();
      const ids = Array.from({ length: 25 }, (_, i) => `c${i}`);
      for (const [i, id] of ids.entries()) {
        // Some of them in one millisecond.
        if (i % 5 === 0) await store.pass(3);
        await directory.open(connection(id));
      }
      expect(await directory.count()).toBe(25);
      const seen: { id: string; openedAt: number }[] = [];
      let cursor: string | undefined;
      for (let pages = 0; ; pages++) {
        expect(pages).toBeLessThan(10);
        const page = await directory.page(4, cursor);
        seen.push(...(page?.connections ?? []));
        // Whoever goes while the pages are read is skipped, and nobody else is.
        if (pages === 1) await directory.close('c3');
        if (page === undefined || page.next === null) break;
        cursor = page.next;
      }
      expect(seen.map(({ id }) => id).sort()).toEqual([...ids].sort());
      expect(seen.map(({ openedAt }) => openedAt)).toEqual(seen.map(({ openedAt }) => openedAt).sort((a, b) => a - b));
      expect(await directory.count()).toBe(24);
    });

    it('[O-9] says of each what it can take and holds', async () => {
      const { directory, subscriptions } = (await kind.open()).adapters();
      const alice = { ...connection('A', 'alice'), capabilities: parseCapabilities('batch,chunk') };
      await directory.open(alice);
      const texts = Array.from({ length: 30 }, (_, i) => `t${i}`);
      await subscriptions.add(alice, texts.map(byName), 100);
      const page = await directory.page(10, undefined);
      expect(page).toMatchObject({
        connections: [{ id: 'A', user: 'alice', capabilities: ['batch', 'chunk'], subscriptionCount: 30 }],
        next: null,
      });
      const shown = page?.connections[0]?.subscriptions ?? [];
      expect(shown.length).toBeLessThanOrEqual(20);
      expect(texts).toEqual(expect.arrayContaining([...shown]));
    });

    it('[O-9] shows the connections of one user, with what their sessions are', async () => {
      const store = await kind.open();
      const { directory, subscriptions } = store.adapters();
      const first = {
        ...connection('B', 'alice'),
        session: { ...openSession(4), grants: { subscribe: ['a:*'], publish: [] } },
      };
      await directory.open(first);
      await store.pass(3);
      await directory.open(connection('A', 'alice'));
      await directory.open(connection('C', 'bob'));
      await subscriptions.add(first, [byName('a:b')], 10);
      const found = await directory.ofUser('alice', 10);
      expect(found.map(({ shown }) => [shown.id, shown.subscriptions])).toEqual([
        ['B', ['a:b']],
        ['A', []],
      ]);
      expect(found[0]?.session).toEqual(first.session);
      expect(await directory.ofUser('alice', 1)).toHaveLength(1);
      expect(await directory.ofUser('carol', 10)).toEqual([]);
      await directory.close('B');
      expect((await directory.ofUser('alice', 10)).map(({ shown }) => shown.id)).toEqual(['A']);
    });

    itInTime(kind, '[O-9] says when each was seen last', async () => {
      const store = await kind.open();
      const { directory } = store.adapters();
      await directory.open(connection('A', 'alice'));
      const openedAt = store.now();
      await store.pass(HOUR);
      const shown = async () => (await directory.page(10, undefined))?.connections[0];
      expect(await shown()).toMatchObject({ openedAt, seenAt: openedAt });
      await directory.seen('A');
      expect(await shown()).toMatchObject({ openedAt, seenAt: openedAt + HOUR });
    });

    it('[O-9] has no page for a cursor that is none', async () => {
      const { directory } = (await kind.open()).adapters();
      for (const cursor of ['', 'x', '%', 'bm9uZQ']) expect(await directory.page(10, cursor)).toBeUndefined();
      expect(await directory.page(10, undefined)).toEqual({ connections: [], next: null });
    });

    itInTime(kind, 'does not count who is older than a connection can be', async () => {
      const store = await kind.open();
      const { directory } = store.adapters();
      await directory.open(connection('old'));
      await store.pass(2 * HOUR);
      await directory.open(connection('new'));
      await store.pass(HOUR);
      expect(await directory.count()).toBe(1);
      expect(await directory.page(10, undefined)).toMatchObject({ connections: [{ id: 'new' }] });
    });
  });
};
