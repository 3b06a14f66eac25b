import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../lib/ports/connection.ts';
import { parseCapabilities } from '../../../lib/protocol/capabilities.ts';
import type { Session } from '../../../lib/protocol/session.ts';
import { connection } from '../../unit/sync/world.ts';
import { itInTime, type StoreKind } from '../store.ts';

const DAY = 86_400_000;

export const session = (expires: number | null, issued: number | null = 1_000): Session => ({
  issued,
  expires,
  grants: { subscribe: ['a'], publish: [] },
});

const caller = (id: string, user: string, expires: number | null = null): Caller =>
  connection(id, user, session(expires));

/** What {@link Directory} promises of sessions. */
export const sessionsContract = (kind: StoreKind): void => {
  describe(`sessions (${kind.name})`, () => {
    it('[G-6] a record says what its connection may do and can take now; without one it is as it was', async () => {
      const { directory } = (await kind.open()).adapters();
      const alice = caller('A', 'alice');
      expect(await directory.find(alice)).toEqual(alice);
      const changed = { ...alice, session: session(5_000), capabilities: parseCapabilities('chunk') };
      await directory.open(changed);
      expect(await directory.find(alice)).toEqual(changed);
    });

    it('[G-8] revoking finds every connection of the user, and their sessions are over', async () => {
      const { directory } = (await kind.open()).adapters();
      for (const each of [caller('A', 'alice'), caller('B', 'alice'), caller('C', 'bob')]) await directory.open(each);
      const revoked = await directory.revoke('alice', 1_000);
      expect(revoked.map(({ id, user, endpoint }) => `${id} ${user} ${endpoint}`).sort()).toEqual([
        'A alice http://gateway',
        'B alice http://gateway',
      ]);
      expect(await directory.find(caller('A', 'alice'))).toBeUndefined();
      expect(await directory.find(caller('never opened', 'alice'))).toBeUndefined();
      expect(await directory.find(caller('C', 'bob'))).toBeDefined();
      expect(await directory.isRevoked('alice', session(null, null))).toBe(true);
      expect(await directory.isRevoked('alice', session(null, 1_000))).toBe(true);
      expect(await directory.isRevoked('alice', session(null, 1_001))).toBe(false);
      for (const id of ['A', 'B', 'C']) await directory.close(id);
      expect(await directory.revoke('alice', 2_000)).toEqual([]);
    });

    it('[G-8] a revocation that is repeated with an earlier time takes nothing back', async () => {
      const { directory } = (await kind.open()).adapters();
      await directory.revoke('alice', 2_000);
      await directory.revoke('alice', 1_000);
      expect(await directory.isRevoked('alice', session(null, 1_500))).toBe(true);
    });

    it('[G-7] sessions that have ended are found until they are closed, or another has begun', async () => {
      const { directory } = (await kind.open()).adapters();
      for (const each of [caller('A', 'alice', 500), caller('B', 'bob', 2_000), caller('C', 'carol')])
        await directory.open(each);
      const ids = async (now: number, most = 10) => (await directory.ended(now, most)).map(({ id }) => id);
      expect(await ids(1_000)).toEqual(['A']);
      expect(await ids(3_000)).toEqual(['A', 'B']);
      expect(await ids(3_000, 1)).toEqual(['A']);
      await directory.renew(caller('B', 'bob', 2_000), session(9_000), () => true);
      await directory.close('A');
      expect(await ids(3_000)).toEqual([]);
      await directory.renew(caller('B', 'bob', 9_000), session(5_000), () => true);
      expect(await ids(6_000)).toEqual(['B']);
      await directory.renew(caller('B', 'bob', 5_000), session(null), () => true);
      expect(await ids(10_000)).toEqual([]);
    });

    itInTime(kind, '[G-8] a revocation is remembered for as long as any token may live', async () => {
      const store = await kind.open();
      const { directory } = store.adapters();
      await directory.revoke('alice', 1_000);
      await store.pass(29 * DAY);
      expect(await directory.isRevoked('alice', session(null))).toBe(true);
    });
  });
};
