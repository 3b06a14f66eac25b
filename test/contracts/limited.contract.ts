import { describe, expect, it } from 'vitest';
import { MOST_LIMITED } from '../../lib/ports/limited.ts';
import type { RateLimits, Toll } from '../../lib/ports/rate-limiter.ts';
import { admit, LIMITS } from './rate-limiter.contract.ts';
import { itInTime, type StoreKind } from './store.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const sent = (connection: string | undefined, user: string, count = 1, type = 'ping'): Toll => ({
  connection,
  user,
  messages: new Map([[type, count]]),
});

/** What {@link LimitedUsers} promises. */
export const limitedContract = (kind: StoreKind): void => {
  const open = async (limits: Partial<RateLimits>) => {
    const store = await kind.open();
    const all = { ...LIMITS, ...limits };
    return {
      store,
      limiter: store.adapters().limiter(all),
      other: store.adapters().limiter(all),
      users: store.adapters().limitedUsers(all),
    };
  };
  const points = { ...LIMITS.points, user: 10 };

  describe(`limited users (${kind.name})`, () => {
    it('[O-17] names a user whose limit is near, and nobody before', async () => {
      const { limiter, other, users } = await open({ points });
      await limiter.take(sent('A', 'alice', 4));
      await other.take(sent('B', 'alice', 3));
      expect(await users.latest(10)).toEqual([]);
      await other.take(sent('B', 'alice', 1));
      expect(await users.latest(10)).toEqual([{ user: 'alice', level: 'user', used: 8, points: 10 }]);
    });

    it('[O-17] names a user who is refused, since when, and for how long', async () => {
      const { store, limiter, users } = await open({ points });
      const before = store.now();
      await limiter.take(sent('A', 'alice', 10));
      await limiter.takeHandshake('alice');
      for (let i = 0; i < 3; i++) await admit(limiter, sent('A', 'alice'));
      const [alice, ...others] = await users.latest(10);
      expect(others).toEqual([]);
      expect(alice).toMatchObject({ user: 'alice', level: 'user', points: 10 });
      expect(alice?.used).toBeGreaterThan(10);
      expect(alice?.retryAfter).toBeGreaterThan(0);
      expect(alice?.retryAfter).toBeLessThanOrEqual(MINUTE);
      const { since, last } = alice?.refused ?? { since: 0, last: 0 };
      expect(since).toBeGreaterThanOrEqual(before - 1);
      expect(last).toBeGreaterThanOrEqual(since);
    });

    it('[O-17] says of which connection and which type it is, and names those noted last first', async () => {
      const { limiter, users } = await open({ points: { ...points, connection: 3 }, types: { subscribe: 1 } });
      await limiter.take(sent('A', 'alice', 4));
      await limiter.take(sent('B', 'bob', 2, 'subscribe'));
      const [bob, alice] = await users.latest(10);
      expect(bob).toMatchObject({
        user: 'bob',
        level: 'messageType',
        connection: 'B',
        type: 'subscribe',
        used: 2,
        points: 1,
      });
      expect(alice).toMatchObject({ user: 'alice', level: 'connection', connection: 'A', used: 4, points: 3 });
      expect(await users.latest(1)).toMatchObject([{ user: 'bob' }]);
    });

    it('[O-17] names a back-end, and who is refused of what is everyone’s or of a quota', async () => {
      const quota = { stored: { bytes: 1_000, duration: HOUR }, passing: { bytes: 100, duration: HOUR } };
      const { limiter, users } = await open({ points: { ...LIMITS.points, global: 5 }, backEnd: 10, quota });
      await limiter.take({ ...sent(undefined, 'shop', 9), backEnd: 'claimed' });
      await limiter.take({ ...sent('A', 'alice'), kept: { stored: 900, passing: 0 } });
      await limiter.take({ ...sent('A', 'alice'), kept: { stored: 900, passing: 0 } });
      await limiter.take(sent('M', 'mallory', 4));
      await limiter.take(sent('M', 'mallory', 9));
      const found = await users.latest(10);
      expect(found.map(({ user, level }) => `${user} ${level}`).sort()).toEqual([
        'alice stored',
        'mallory global',
        'shop backend',
      ]);
      const stored = found.find(({ level }) => level === 'stored');
      expect(stored?.points).toBe(1_000);
      expect(stored?.used).toBeGreaterThan(890);
      expect(stored?.used).toBeLessThanOrEqual(900);
      expect(found.find(({ level }) => level === 'global')).toMatchObject({ used: undefined, points: 5 });
    });

    it('[O-17] says of one user how it stands to all limits of its own', async () => {
      const quota = { stored: { bytes: 1_000, duration: HOUR }, passing: { bytes: 100, duration: HOUR } };
      const { limiter, users } = await open({ points: { ...points, connection: 3 }, quota });
      expect(await users.ofUser('alice')).toEqual([
        { user: 'alice', level: 'user', used: 0, points: 10 },
        { user: 'alice', level: 'backend', used: 0, points: 1_000_000 },
        { user: 'alice', level: 'stored', used: 0, points: 1_000 },
        { user: 'alice', level: 'passing', used: 0, points: 100 },
      ]);
      await limiter.take(sent('A', 'alice', 2));
      await limiter.take(sent('A', 'alice', 1));
      await limiter.take(sent('B', 'bob', 3));
      const found = await users.ofUser('alice');
      expect(found.map(({ level, used }) => `${level} ${used}`)).toEqual([
        'user 3',
        'backend 0',
        'stored 0',
        'passing 0',
        'connection 3',
      ]);
    });

    it('[O-17] remembers so many and no more: those go that were noted longest ago', async () => {
      const { limiter, users } = await open({ points: { ...LIMITS.points, user: 1 } });
      await limiter.take(sent('first', 'first'));
      for (let at = 0; at < MOST_LIMITED; at += 100) {
        await Promise.all(Array.from({ length: 100 }, (_, i) => limiter.take(sent(`${at + i}`, `user ${at + i}`))));
      }
      const found = await users.latest(MOST_LIMITED);
      expect(found).toHaveLength(MOST_LIMITED);
      expect(found.some(({ user }) => user === 'first')).toBe(false);
    });

    itInTime(
      kind,
      '[O-17] tells refusals with a pause between them apart, and forgets them after an hour',
      async () => {
        const { store, limiter, users } = await open({ points, block: 0 });
        const refuse = () => limiter.take(sent('A', 'alice', 11));
        const began = store.now();
        await refuse();
        await store.pass(5 * MINUTE);
        await refuse();
        expect(await users.latest(10)).toMatchObject([{ refused: { since: began, last: began + 5 * MINUTE } }]);
        await store.pass(2 * MINUTE);
        // It lets pass again, and that it did not is still known.
        expect((await users.latest(10))[0]).toMatchObject({ used: 0 });
        expect((await users.latest(10))[0]).not.toHaveProperty('retryAfter');
        await store.pass(10 * MINUTE);
        await refuse();
        expect(await users.latest(10)).toMatchObject([{ refused: { since: began + 17 * MINUTE } }]);
        await store.pass(HOUR);
        expect(await users.latest(10)).toEqual([]);
      },
    );
  });
};
