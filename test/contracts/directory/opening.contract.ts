import { describe, expect, it } from 'vitest';
import { parseCapabilities } from '../../../lib/protocol/capabilities.ts';
import { openSession } from '../../../lib/protocol/session.ts';
import { connection } from '../../unit/sync/world.ts';
import { itInTime, type StoreKind } from '../store.ts';
import { byMatching, byName } from '../subscriptions.contract.ts';

const HOUR = 3_600_000;

/** What {@link Directory} promises of connections that open, change and end. */
export const openingContract = (kind: StoreKind): void => {
  describe(`connections (${kind.name})`, () => {
    it('opening again writes the record again, and opens nothing new', async () => {
      const { directory } = (await kind.open()).adapters();
      const alice = connection('A', 'alice');
      await directory.open(alice);
      await directory.open(alice);
      expect(await directory.count()).toBe(1);
      expect(await directory.find({ ...alice, session: openSession(9) })).toEqual(alice);
    });

    it('[C-8] a user has no more connections than it may have, and room again once one is closed', async () => {
      const { directory } = (await kind.open()).adapters();
      expect(await directory.open(connection('A', 'alice'), 2)).toBeUndefined();
      expect(await directory.open(connection('B', 'alice'), 2)).toBeUndefined();
      expect(await directory.open(connection('C', 'alice'), 2)).toBe('too-many');
      // Of one that it has, and of another user, that is no matter.
      expect(await directory.open(connection('B', 'alice'), 2)).toBeUndefined();
      expect(await directory.open(connection('D', 'bob'), 2)).toBeUndefined();
      await directory.close('C');
      expect(await directory.count()).toBe(3);
      expect((await directory.revoke('alice', 0)).map(({ id }) => id).sort()).toEqual(['A', 'B']);
      await directory.close('A');
      expect(await directory.open(connection('C', 'alice'), 2)).toBeUndefined();
    });

    it('[C-8] of many that are opened at once as many are taken as there is room for', async () => {
      const { directory } = (await kind.open()).adapters();
      const all = Array.from({ length: 20 }, (_, i) => directory.open(connection(`c${i}`, 'alice'), 5));
      expect((await Promise.all(all)).filter((opened) => opened === undefined)).toHaveLength(5);
    });

    it('[C-8] one at a time is told which connections of a user to look for', async () => {
      const store = await kind.open();
      const { directory } = store.adapters();
      await directory.open(connection('A', 'alice'));
      const mine = { id: 'A', endpoint: 'http://gateway' };
      expect(await directory.toLookFor('alice', 2_000, 0)).toEqual([mine]);
      expect(await directory.toLookFor('alice', 2_000, 0)).toEqual([]);
      expect(await directory.toLookFor('bob', 2_000, 0)).toEqual([]);
      await store.pass(2_500);
      expect(await directory.toLookFor('alice', 2_000, 0)).toEqual([mine]);
    });

    it('[C-8] nobody is told to look for one whose handshake may be under way', async () => {
      const store = await kind.open();
      const { directory } = store.adapters();
      await directory.open(connection('A', 'alice'));
      expect(await directory.toLookFor('alice', 1, 2_000)).toEqual([]);
      await store.pass(2_500);
      await directory.open(connection('B', 'alice'));
      expect(await directory.toLookFor('alice', 1, 2_000)).toEqual([{ id: 'A', endpoint: 'http://gateway' }]);
    });

    it('[C-8] [H-5] tells how many connections a user has, and changes nothing by that', async () => {
      const { directory } = (await kind.open()).adapters();
      expect(await directory.countOf('alice')).toBe(0);
      for (const id of ['A', 'B', 'B']) await directory.open(connection(id, 'alice'), 2);
      await directory.open(connection('C', 'bob'));
      expect([await directory.countOf('alice'), await directory.countOf('bob')]).toEqual([2, 1]);
      expect(await directory.open(connection('D', 'alice'), 2)).toBe('too-many');
      await directory.close('D');
      await directory.close('A');
      expect(await directory.countOf('alice')).toBe(1);
    });

    it('[S-8] closing a connection removes what it holds and wherever it listens, also the second time', async () => {
      const { directory, subscriptions } = (await kind.open()).adapters();
      const alice = connection('A', 'alice');
      await directory.open(alice);
      await subscriptions.add(alice, [byName('a'), byMatching('/c/')], 10);
      for (let i = 0; i < 2; i++) {
        await directory.close('A');
        expect(await subscriptions.count('A')).toBe(0);
        const pages = await subscriptions.listeners(['a', '/c/'].map((text) => ({ text, after: undefined })));
        expect(pages.map(({ listeners }) => listeners)).toEqual([[], []]);
        expect(await directory.count()).toBe(0);
        expect(await directory.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
        expect(await directory.revoke('alice', 0)).toEqual([]);
      }
    });

    it('[S-8] closing is safe for a connection that was never opened, or only subscribed', async () => {
      const { directory, subscriptions } = (await kind.open()).adapters();
      await directory.close('never');
      await subscriptions.add(connection('A'), [byName('a')], 10);
      await directory.close('A');
      const [page] = await subscriptions.listeners([{ text: 'a', after: undefined }]);
      expect(page).toEqual({ listeners: [], more: false });
    });

    it('[S-8] a subscribe that overlaps the end of its connection leaves it nowhere, or whole', async () => {
      const { directory, subscriptions } = (await kind.open()).adapters();
      for (let round = 0; round < 50; round++) {
        const alice = connection(`c${round}`);
        await directory.open(alice);
        await Promise.all([
          subscriptions.add(alice, [byName('a'), byMatching('/b/')], 10),
          directory.close(alice.id),
          directory.close(alice.id),
        ]);
        const held = await subscriptions.count(alice.id);
        const pages = await subscriptions.listeners(['a', '/b/'].map((text) => ({ text, after: undefined })));
        expect(pages.map(({ listeners }) => listeners.length)).toEqual(held === 0 ? [0, 0] : [1, 1]);
        await directory.close(alice.id);
      }
    });

    it('[Z-4] other capabilities reach the record and wherever the connection listens', async () => {
      const { directory, subscriptions } = (await kind.open()).adapters();
      const alice = connection('A', 'alice');
      await subscriptions.add(alice, [byName('a'), byName('b')], 10);
      const changed = { ...alice, capabilities: parseCapabilities('compression') };
      await directory.redeclare(changed);
      const pages = await subscriptions.listeners(['a', 'b', 'c'].map((text) => ({ text, after: undefined })));
      expect(pages.map(({ listeners }) => listeners.map(({ capabilities }) => capabilities))).toEqual([
        [changed.capabilities],
        [changed.capabilities],
        [],
      ]);
      expect(await directory.find(alice)).toEqual(changed);
    });

    it('[G-6] another session leaves what its client takes, and other capabilities leave the session', async () => {
      const { directory } = (await kind.open()).adapters();
      const alice = connection('A', 'alice', openSession(1));
      await directory.open(alice);
      const changed = { ...alice, capabilities: parseCapabilities('compression') };
      await directory.redeclare(changed);
      // As each was let in before the other was done.
      expect(await directory.renew(alice, openSession(2), () => true)).toEqual([]);
      await directory.redeclare(changed);
      expect(await directory.find(alice)).toEqual({ ...changed, session: openSession(2) });
    });

    it('[G-6] another session ends what it does not allow, and replaces only the one it was asked for under', async () => {
      const { directory, subscriptions } = (await kind.open()).adapters();
      const alice = connection('A', 'alice', openSession(1));
      await directory.open(alice);
      await subscriptions.add(alice, [byName('a'), byMatching('/b/')], 10);
      expect(await directory.renew(alice, openSession(2), (text) => text === 'a')).toEqual(['/b/']);
      expect(await subscriptions.held('A')).toEqual(['a']);
      expect(await directory.renew(alice, openSession(3), () => false)).toBe('other-session');
      expect(await subscriptions.held('A')).toEqual(['a']);
      expect((await directory.find(alice))?.session).toEqual(openSession(2));
    });

    it('[G-6] of a connection that all is lost of, the session is that of the handshake again', async () => {
      const { directory } = (await kind.open()).adapters();
      const alice = connection('A', 'alice', openSession(1));
      await directory.open(alice);
      await directory.renew(alice, openSession(2), () => true);
      await directory.close('A');
      expect((await directory.find(alice))?.session).toEqual(openSession(1));
      // It may be renewed again.
      expect(await directory.renew(alice, openSession(3), () => true)).toEqual([]);
      expect((await directory.find(alice))?.session).toEqual(openSession(3));
    });

    it('a connection of another user has no record under the same id', async () => {
      const { directory, subscriptions } = (await kind.open()).adapters();
      const [alice, bob] = [connection('A', 'alice'), connection('A', 'bob')];
      expect(await directory.open(alice)).toBeUndefined();
      expect(await directory.open(bob)).toBe('taken');
      expect(await subscriptions.add(bob, [byName('a')], 10)).toBe('other-session');
      expect(await directory.renew(bob, openSession(2), () => true)).toBe('other-session');
      expect(await directory.revoke('bob', 0)).toEqual([]);
      expect(await directory.revoke('alice', -1)).toMatchObject([{ id: 'A', user: 'alice' }]);
    });

    it('a sign of life brings no record back', async () => {
      const { directory } = (await kind.open()).adapters();
      await directory.seen('never opened');
      expect(await directory.count()).toBe(0);
      expect(await directory.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
    });

    itInTime(
      kind,
      'a connection that pings keeps its record and what it holds; one that is silent loses them',
      async () => {
        const store = await kind.open();
        const { directory, subscriptions } = store.adapters();
        const changed = { ...connection('A', 'alice'), capabilities: parseCapabilities('batch') };
        for (const caller of [changed, { ...changed, id: 'B' }]) {
          await directory.open(caller);
          await subscriptions.add(caller, [byName('a')], 10);
        }
        await store.pass(2 * HOUR);
        await directory.seen('A');
        await store.pass(HOUR);
        expect(await directory.find(connection('A', 'alice'))).toEqual(changed);
        expect(await directory.find(connection('B', 'alice'))).toEqual(connection('B', 'alice'));
        expect([await subscriptions.count('A'), await subscriptions.count('B')]).toEqual([1, 0]);
      },
    );
  });
};
