import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Exceeded, RateLimiter, RateLimits, Toll } from '../../lib/ports/rate-limiter.ts';
import { itInTime, type StoreKind } from './store.ts';

export const LIMITS: RateLimits = {
  enabled: true,
  duration: 60_000,
  block: 60_000,
  points: { connection: 1_000_000, user: 1_000_000, global: 1_000_000 },
  backEnd: 1_000_000,
  types: {},
  allowed: [],
};

const one = (connection: string | undefined, user = connection ?? '', type = 'ping', count = 1): Toll => ({
  connection,
  user,
  messages: new Map([[type, count]]),
});

/** As a frame is let in: what is known to be refused is not taken. */
export const admit = async (limiter: RateLimiter, toll: Toll): Promise<Exceeded | undefined> =>
  limiter.refuse(toll) ?? limiter.take(toll);

/** What {@link RateLimiter} promises. */
export const rateLimiterContract = (kind: StoreKind): void => {
  const limiterOf = async (limits: Partial<RateLimits>) =>
    (await kind.open()).adapters().limiter({ ...LIMITS, ...limits });

  describe(`the rate limiter (${kind.name})`, () => {
    it('[L-1] lets through what the setting says, to several processes at once', async () => {
      const store = await kind.open();
      const limits = { ...LIMITS, points: { ...LIMITS.points, connection: 100 } };
      const limiters = [store.adapters().limiter(limits), store.adapters().limiter(limits)];
      const outcomes = await Promise.all(
        Array.from({ length: 250 }, (_, i) => limiters[i % 2]?.take(one('A', 'alice', 'ping'))),
      );
      expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(100);
    });

    it('[L-2] says which level refused and when it lets pass again, narrowest first', async () => {
      const limiter = await limiterOf({
        points: { connection: 2, user: 3, global: 2 },
        block: 30_000,
        duration: 20_000,
      });
      expect(await limiter.take(one('A', 'alice'))).toBeUndefined();
      expect(await limiter.take(one('A', 'alice'))).toBeUndefined();
      const first = await limiter.take(one('A', 'alice'));
      expect(first).toMatchObject({ level: 'connection', persistent: false });
      expect(first?.retryAfter).toBeGreaterThan(20_000);
      expect(first?.retryAfter).toBeLessThanOrEqual(30_000);
      expect(await limiter.take(one('B', 'alice'))).toMatchObject({ level: 'global' });
      expect(await limiter.take(one('B', 'alice'))).toMatchObject({ level: 'user' });
      expect(await limiter.take(one('C', 'carol'))).toBeUndefined();
      const all = await limiter.take(one('C', 'carol'));
      expect(all).toMatchObject({ level: 'global', persistent: false });
      // Everyone is let in again as soon as the duration is over.
      expect(all?.retryAfter).toBeLessThanOrEqual(20_000);
    });

    it('[L-8] counts what a back-end sends for a limit of its own, instead of those of clients', async () => {
      const points = { connection: 2, user: 2, global: 4 };
      const limiter = await limiterOf({ points, backEnd: 6, types: { ping: 1 }, block: 0 });
      const claimed = { ...one('A', 'shop'), backEnd: 'claimed' as const };
      for (let i = 0; i < 6; i++) expect(await admit(limiter, claimed)).toBeUndefined();
      expect(await admit(limiter, claimed)).toMatchObject({ level: 'backend', points: 6, duration: 60_000 });
      // Nobody else was charged for it: neither the same user as a client, nor everyone, nor another back-end.
      expect(await admit(limiter, one('B', 'shop', 'other', 2))).toBeUndefined();
      expect(await admit(limiter, one('C', 'carol', 'other', 2))).toBeUndefined();
      expect(await admit(limiter, { ...claimed, user: 'depot' })).toBeUndefined();
    });

    it('[L-8] counts what is published over HTTP without the claim for its back-end and for everyone', async () => {
      const points = { connection: 2, user: 2, global: 8 };
      const limiter = await limiterOf({ points, backEnd: 10, block: 0 });
      const published = (count: number) =>
        admit(limiter, { ...one(undefined, 'shop', 'broadcast', count), backEnd: 'unclaimed' });
      expect(await published(5)).toBeUndefined();
      expect(await admit(limiter, one('A', 'alice'))).toBeUndefined();
      expect(await published(3)).toMatchObject({ level: 'global', points: 8 });
      expect(await published(3)).toMatchObject({ level: 'backend', points: 10 });
      expect(await admit(limiter, one('B', 'shop'))).toBeUndefined();
    });

    it('[L-11] what a user owes counts with what they send next, parts of a point as well', async () => {
      const limiter = await limiterOf({ points: { ...LIMITS.points, user: 10 }, allowed: ['bob'] });
      limiter.owe('alice', 6.5);
      limiter.owe('bob', 100);
      const send = (connection: string, user: string) => limiter.take(one(connection, user));
      expect(await send('A1', 'alice')).toBeUndefined();
      limiter.owe('alice', 0.5);
      expect(await send('A2', 'alice')).toBeUndefined();
      expect(await send('A1', 'alice')).toBeUndefined();
      expect(await send('A1', 'alice')).toMatchObject({ level: 'user' });
      for (let i = 0; i < 12; i++) expect(await send('B', 'bob')).toBeUndefined();
      // Of a limit that allows less, it costs all of it and no more.
      limiter.owe('carol', 1_000);
      expect(await send('C', 'carol')).toBeUndefined();
      expect(await send('C', 'carol')).toMatchObject({ level: 'user', persistent: false });
    });

    it('[L-10] refuses what a user’s quota of bytes has no room for, over all connections, and says when it has', async () => {
      const quota = { stored: { bytes: 1_000, duration: 3_600_000 }, passing: { bytes: 100, duration: 600_000 } };
      const limiter = await limiterOf({ quota, points: { ...LIMITS.points, global: 5 } });
      const keeping = (connection: string, user: string, stored: number, passing = 0): Toll => ({
        ...one(connection, user),
        kept: { stored, passing },
      });
      expect(await limiter.take(keeping('A1', 'alice', 600))).toBeUndefined();
      const refused = await limiter.take(keeping('A2', 'alice', 700));
      expect(refused).toMatchObject({ level: 'stored', persistent: false });
      // As long as 300 bytes of 1,000 take to leak, less what has passed.
      expect(refused?.retryAfter).toBeGreaterThan(1_000_000);
      expect(refused?.retryAfter).toBeLessThanOrEqual(1_080_000);
      // What was refused is not kept, of no kind, and counts for nobody else.
      expect(await limiter.take(keeping('A2', 'alice', 700, 90))).toMatchObject({ level: 'stored' });
      expect(await limiter.take(keeping('A2', 'alice', 400, 90))).toBeUndefined();
      expect(await limiter.take(keeping('A2', 'alice', 0, 20))).toMatchObject({ level: 'passing' });
      expect(await limiter.take(keeping('A2', 'alice', 0))).toBeUndefined();
      // What is larger than all there is takes all there is.
      expect(await limiter.take(keeping('B', 'bob', 5_000))).toBeUndefined();
      expect(await limiter.take(keeping('B', 'bob', 1))).toMatchObject({ level: 'stored' });
      expect(await limiter.take(one('C', 'carol'))).toBeUndefined();
    });

    it('[L-10] what a limit refuses is not kept, and of users who are not counted nothing is', async () => {
      const quota = { stored: { bytes: 1_000, duration: 3_600_000 }, passing: { bytes: 1_000, duration: 3_600_000 } };
      const limiter = await limiterOf({ quota, points: { ...LIMITS.points, connection: 1 }, allowed: ['bob'] });
      const kept = { stored: 600, passing: 0 };
      expect(await limiter.take(one('A1', 'alice'))).toBeUndefined();
      expect(await limiter.take({ ...one('A1', 'alice'), kept })).toMatchObject({ level: 'connection' });
      expect(await limiter.take({ ...one('A2', 'alice'), kept })).toBeUndefined();
      for (let i = 0; i < 3; i++) expect(await limiter.take({ ...one('B', 'bob'), kept })).toBeUndefined();
    });

    itInTime(kind, '[L-10] a quota has room again as time passes, evenly', async () => {
      const store = await kind.open();
      const quota = { stored: { bytes: 1_000, duration: 100_000 }, passing: { bytes: 1_000, duration: 100_000 } };
      const limiter = store.adapters().limiter({ ...LIMITS, quota });
      const keep = (stored: number) => limiter.take({ ...one('A', 'alice'), kept: { stored, passing: 0 } });
      expect(await keep(1_000)).toBeUndefined();
      await store.pass(30_000);
      expect(await keep(301)).toMatchObject({ retryAfter: 100 });
      expect(await keep(300)).toBeUndefined();
      await store.pass(100_000);
      expect(await keep(1_000)).toBeUndefined();
    });

    it('[L-3] whatever others send and are refused, who is below the fair share of everyone’s is let through', async () => {
      const action = fc.record({
        user: fc.constantFrom('mallory', 'trudy', 'eve', 'lawful'),
        connection: fc.nat({ max: 2 }),
        count: fc.integer({ min: 1, max: 30 }),
        work: fc.nat({ max: 200 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
          const points = { connection: 60, user: 60, global: 100 };
          const limiter = await limiterOf({ points, block: 0 });
          let used = 0;
          for (const { user, connection, count, work } of actions) {
            if (user !== 'lawful') {
              await admit(limiter, { ...one(`${user} ${connection}`, user, 'ping', count), work });
              continue;
            }
            // Of four who send, a quarter.
            if (used === 25) continue;
            used++;
            expect(await admit(limiter, one(`lawful ${connection}`, 'lawful'))).toBeUndefined();
          }
        }),
        { numRuns: 20 },
      );
    });

    it('[L-3] what is refused of everyone’s counts for its user alone', async () => {
      const limiter = await limiterOf({ points: { connection: 100, user: 100, global: 10 } });
      expect(await limiter.take(one('A', 'mallory', 'ping', 10))).toBeUndefined();
      for (let i = 0; i < 50; i++) expect(await limiter.take(one('A', 'mallory'))).toMatchObject({ level: 'global' });
      for (let i = 0; i < 5; i++) expect(await limiter.take(one('B', 'lawful'))).toBeUndefined();
      expect(await limiter.take(one('B', 'lawful'))).toMatchObject({ level: 'global' });
      expect(await limiter.take(one('A', 'mallory', 'ping', 41))).toMatchObject({ level: 'connection' });
    });

    it('[L-3] handshakes make nobody’s share smaller, and what is let through as a share takes nothing from others', async () => {
      const limiter = await limiterOf({ points: { connection: 100, user: 100, global: 10 }, block: 0 });
      for (let i = 0; i < 9; i++) expect(await limiter.takeHandshake(`other ${i}`)).toBeUndefined();
      expect(await limiter.take(one('A', 'mallory', 'ping', 9))).toBeUndefined();
      // Two share it: five each, of which this comes whole where all that is left is one.
      expect(await limiter.take(one('B', 'lawful', 'ping', 5))).toBeUndefined();
      expect(await limiter.take(one('A', 'mallory'))).toBeUndefined();
      expect(await limiter.take(one('B', 'lawful'))).toMatchObject({ level: 'global' });
    });

    itInTime(kind, '[L-3] whoever sends in a duration shares it, since when ever it is counted', async () => {
      const store = await kind.open();
      const points = { connection: 100, user: 100, global: 10 };
      const limiter = store.adapters().limiter({ ...LIMITS, points, duration: 20_000 });
      expect(await limiter.take(one('A', 'mallory'))).toBeUndefined();
      await store.pass(10_000);
      expect(await limiter.take(one('B', 'lawful'))).toBeUndefined();
      await store.pass(10_001);
      expect(await limiter.take(one('A', 'mallory', 'ping', 10))).toBeUndefined();
      for (let i = 0; i < 4; i++) expect(await limiter.take(one('B', 'lawful'))).toBeUndefined();
      expect(await limiter.take(one('B', 'lawful'))).toMatchObject({ level: 'global' });
    });

    it('[L-1] work counts beside messages, and is never more than a limit allows in all', async () => {
      const limiter = await limiterOf({ points: { connection: 10, user: 1_000, global: 9_000 } });
      expect(await limiter.take({ ...one('A', 'alice'), work: 8 })).toBeUndefined();
      expect(await limiter.take({ ...one('A', 'alice'), work: 1 })).toMatchObject({ level: 'connection' });
      expect(await limiter.take({ ...one('B', 'bob'), work: 5_000 })).toBeUndefined();
      expect(await limiter.take(one('B', 'bob'))).toMatchObject({ level: 'connection' });
    });

    it('[L-3] what a narrower level refuses is not counted at wider ones, also where these are full', async () => {
      const store = await kind.open();
      const limits = { ...LIMITS, points: { connection: 2, user: 3, global: 100 } };
      const [first, second] = [store.adapters().limiter(limits), store.adapters().limiter(limits)];
      for (const id of ['A', 'A', 'B']) expect(await first.take(one(id, 'alice'))).toBeUndefined();
      expect(await first.take(one('A', 'alice'))).toMatchObject({ level: 'connection' });
      expect(await second.take(one('B', 'alice', 'ping', 3))).toMatchObject({ level: 'connection' });
      const handshakes: (boolean | undefined)[] = [];
      for (let i = 0; i < 4; i++) handshakes.push((await second.takeHandshake('alice'))?.persistent);
      expect(handshakes).toEqual([false, false, false, true]);
    });

    it('[L-3] a user whose limit is full is not blocked for what one of its connections was refused', async () => {
      const store = await kind.open();
      const points = { connection: 2, user: 3, global: 100 };
      const limiter = store.adapters().limiter({ ...LIMITS, points, duration: 1_000, block: 20_000 });
      for (const id of ['A', 'A', 'B']) expect(await limiter.take(one(id, 'alice'))).toBeUndefined();
      expect(await limiter.take(one('A', 'alice'))).toMatchObject({ level: 'connection' });
      await store.pass(1_100);
      expect(await limiter.take(one('B', 'alice'))).toBeUndefined();
      expect(await limiter.take(one('A', 'alice'))).toMatchObject({ level: 'connection' });
    });

    it('[L-7] handshakes count for their user, and for nobody else', async () => {
      const limiter = await limiterOf({ points: { connection: 10, user: 3, global: 4 } });
      expect(await limiter.take(one('A', 'alice'))).toBeUndefined();
      expect(await limiter.takeHandshake('alice')).toBeUndefined();
      expect(await limiter.takeHandshake('alice')).toBeUndefined();
      expect(await limiter.takeHandshake('alice')).toMatchObject({ level: 'user' });
      expect(await limiter.takeHandshake('bob')).toBeUndefined();
      for (let i = 0; i < 3; i++) expect(await limiter.take(one(`${i}`, `other ${i}`))).toBeUndefined();
    });

    it('[L-1] types are told apart, and counted only where they are limited', async () => {
      const limiter = await limiterOf({ types: { subscribe: 1 } });
      expect(await limiter.take(one('A', 'alice', 'subscribe'))).toBeUndefined();
      expect(await limiter.take(one('A', 'alice', 'subscribe'))).toMatchObject({ level: 'messageType' });
      expect(await limiter.take(one('A', 'alice', 'ping'))).toBeUndefined();
      expect(await limiter.take(one('B', 'alice', 'subscribe'))).toBeUndefined();
      expect(await limiter.take(one('B', 'alice', 'constructor'))).toBeUndefined();
      // Over no connection there are no types.
      for (let i = 0; i < 3; i++) expect(await limiter.take(one(undefined, 'shop', 'subscribe'))).toBeUndefined();
    });

    it('[L-1] a frame of several messages counts as many', async () => {
      const limiter = await limiterOf({ points: { ...LIMITS.points, user: 10 } });
      expect(await limiter.take(one('A', 'alice', 'ping', 10))).toBeUndefined();
      expect(await limiter.take(one('A', 'alice', 'ping', 1))).toMatchObject({ level: 'user' });
      expect(await limiter.take(one('B', 'bob', 'ping', 11))).toMatchObject({ level: 'user' });
    });

    it('[L-1] what was counted as its wrapping counts as its type alone, and the rest of it as ever', async () => {
      const limiter = await limiterOf({ points: { connection: 4, user: 4, global: 4 }, types: { subscribe: 2 } });
      const inside = (type: string, count = 1): Toll => ({ ...one('A', 'alice', type, count), counted: 1 });
      for (let i = 0; i < 5; i++) expect(await limiter.take(inside('ping'))).toBeUndefined();
      for (let i = 0; i < 2; i++) expect(await limiter.take(inside('subscribe'))).toBeUndefined();
      expect(await limiter.take(inside('subscribe'))).toMatchObject({ level: 'messageType' });
      expect(await limiter.take(inside('broadcast', 5))).toBeUndefined();
      expect(await limiter.take(inside('broadcast', 2))).toMatchObject({ level: 'connection' });
    });

    it('[L-4] whoever is refused as often as allowed is persistent', async () => {
      const limiter = await limiterOf({ points: { ...LIMITS.points, connection: 3 } });
      const seen: (boolean | undefined)[] = [];
      for (let i = 0; i < 7; i++) seen.push((await admit(limiter, one('A')))?.persistent);
      expect(seen).toEqual([undefined, undefined, undefined, false, false, false, true]);
    });

    it('[L-6] what is told without asking is told as if it had been asked', async () => {
      const limiter = await limiterOf({ points: { ...LIMITS.points, connection: 200 } });
      expect(limiter.refuse(one('A'))).toBeUndefined();
      const outcomes: (Exceeded | undefined)[] = [];
      for (let i = 0; i < 401; i++) outcomes.push(await admit(limiter, one('A')));
      expect(outcomes.slice(0, 200).every((outcome) => outcome === undefined)).toBe(true);
      expect(outcomes.slice(200, 400).every((outcome) => outcome?.persistent === false)).toBe(true);
      expect(outcomes[400]).toMatchObject({ level: 'connection', persistent: true });
    });

    it('users who are allowed are not counted, and nobody is where limits are off', async () => {
      const points = { connection: 1, user: 1, global: 1 };
      for (const limits of [
        { points, allowed: ['alice'] },
        { points, enabled: false },
      ]) {
        const limiter = await limiterOf(limits);
        for (let i = 0; i < 3; i++) {
          expect(await admit(limiter, one('A', 'alice'))).toBeUndefined();
          expect(await limiter.takeHandshake('alice')).toBeUndefined();
        }
      }
    });

    itInTime(kind, '[L-2] lets pass again when it said, and counts anew', async () => {
      const store = await kind.open();
      const points = { connection: 2, user: 100, global: 100 };
      const limiter = store.adapters().limiter({ ...LIMITS, points, duration: 20_000, block: 30_000 });
      for (let i = 0; i < 2; i++) expect(await admit(limiter, one('A'))).toBeUndefined();
      await store.pass(10_000);
      expect(await admit(limiter, one('A'))).toMatchObject({ retryAfter: 30_000 });
      await store.pass(29_999);
      expect(await admit(limiter, one('A'))).toMatchObject({ retryAfter: 1 });
      await store.pass(1);
      for (let i = 0; i < 2; i++) expect(await admit(limiter, one('A'))).toBeUndefined();
      expect(await admit(limiter, one('A'))).toMatchObject({ level: 'connection', persistent: false });
    });
  });
};
