import { describe, expect, it } from 'vitest';
import type { Caller } from '../../lib/ports/connection.ts';
import { parseCapabilities } from '../../lib/protocol/capabilities.ts';
import type { Session } from '../../lib/protocol/session.ts';
import { connection } from '../unit/sync/world.ts';
import { itInTime, type StoreKind } from './store.ts';

const DAY = 86_400_000;

export const session = (expires: number | null, issued: number | null = 1_000): Session => ({
  issued,
  expires,
  grants: { subscribe: ['a'], publish: [] },
});

const caller = (id: string, user: string, expires: number | null = null): Caller =>
  connection(id, user, session(expires));

/** What {@link Sessions} promises. */
export const sessionsContract = (kind: StoreKind): void => {
  describe(`sessions (${kind.name})`, () => {
    it('[G-6] a record says what its connection may do and can take now; without one it is as it was', async () => {
      const { connections, sessions } = (await kind.open()).adapters();
      const alice = caller('A', 'alice');
      expect(await sessions.find(alice)).toEqual(alice);
      const changed = { ...alice, session: session(5_000), capabilities: parseCapabilities('chunk') };
      await connections.open(changed);
      expect(await sessions.find(alice)).toEqual(changed);
    });

    it('[G-8] revoking finds every connection of the user, and their sessions are over', async () => {
      const { connections, sessions } = (await kind.open()).adapters();
      for (const each of [caller('A', 'alice'), caller('B', 'alice'), caller('C', 'bob')]) await connections.open(each);
      const revoked = await sessions.revoke('alice', 1_000);
      expect(revoked.map(({ id, user, endpoint }) => `${id} ${user} ${endpoint}`).sort()).toEqual([
        'A alice http://gateway',
        'B alice http://gateway',
      ]);
      expect(await sessions.find(caller('A', 'alice'))).toBeUndefined();
      expect(await sessions.find(caller('never opened', 'alice'))).toBeUndefined();
      expect(await sessions.find(caller('C', 'bob'))).toBeDefined();
      expect(await sessions.isRevoked('alice', session(null, null))).toBe(true);
      expect(await sessions.isRevoked('alice', session(null, 1_000))).toBe(true);
      expect(await sessions.isRevoked('alice', session(null, 1_001))).toBe(false);
      for (const id of ['A', 'B', 'C']) await connections.close(id);
      expect(await sessions.revoke('alice', 2_000)).toEqual([]);
    });

    it('[G-8] a revocation that is repeated with an earlier time takes nothing back', async () => {
      const { sessions } = (await kind.open()).adapters();
      await sessions.revoke('alice', 2_000);
      await sessions.revoke('alice', 1_000);
      expect(await sessions.isRevoked('alice', session(null, 1_500))).toBe(true);
    });

    it('[G-7] sessions that have ended are found until they are closed, or another has begun', async () => {
      const { connections, sessions } = (await kind.open()).adapters();
      for (const each of [caller('A', 'alice', 500), caller('B', 'bob', 2_000), caller('C', 'carol')])
        await connections.open(each);
      const ids = async (now: number, most = 10) => (await sessions.ended(now, most)).map(({ id }) => id);
      expect(await ids(1_000)).toEqual(['A']);
      expect(await ids(3_000)).toEqual(['A', 'B']);
      expect(await ids(3_000, 1)).toEqual(['A']);
      await connections.renew(caller('B', 'bob', 2_000), session(9_000), () => true);
      await connections.close('A');
      expect(await ids(3_000)).toEqual([]);
      await connections.renew(caller('B', 'bob', 9_000), session(5_000), () => true);
      expect(await ids(6_000)).toEqual(['B']);
      await connections.renew(caller('B', 'bob', 5_000), session(null), () => true);
      expect(await ids(10_000)).toEqual([]);
    });

    itInTime(kind, '[G-8] a revocation is remembered for as long as any token may live', async () => {
      const store = await kind.open();
      const { sessions } = store.adapters();
      await sessions.revoke('alice', 1_000);
      await store.pass(29 * DAY);
      expect(await sessions.isRevoked('alice', session(null))).toBe(true);
    });
  });
};
