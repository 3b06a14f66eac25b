import { describe, expect, it } from 'vitest';
import {
  ACKNOWLEDGEMENTS_REMEMBERED,
  CONSUMER_LIFETIME,
  type ConsumerLease,
  type Consumers,
  MOST_CONSUMERS,
} from '../../lib/ports/consumers.ts';
import { itInTime, type StoreKind } from './store.ts';

const LONG = 60_000;

let calls = 0;
const leased = async (consumers: Consumers, name: string, duration = LONG): Promise<ConsumerLease> => {
  const lease = await consumers.lease('alice', name, `call ${calls++}`, duration);
  if (lease === undefined || !('fence' in lease)) throw new Error('no lease');
  return lease;
};

/** What {@link Consumers} promises. */
export const consumersContract = (kind: StoreKind): void => {
  describe(`named consumers (${kind.name})`, () => {
    it('[Q-1] makes a consumer once, keeps its place when it is put again, and knows it for its user alone', async () => {
      const store = await kind.open();
      const { consumers } = store.adapters();
      expect(await consumers.find('alice', 'a')).toBeUndefined();
      expect(await consumers.put('alice', 'a', ['x:*', 'y'], 'first')).toBe(true);
      expect(await consumers.put('alice', 'a', ['x:*', 'y'], 'second')).toBe(true);
      const found = await store.adapters().consumers.find('alice', 'a');
      expect(found).toEqual({
        ...{ name: 'a', patterns: ['x:*', 'y'], cursor: 'first', leasedUntil: undefined },
        madeAt: expect.any(Number),
      });
      expect(Math.abs((found?.madeAt ?? 0) - store.now())).toBeLessThan(LONG);
      expect(await consumers.find('bob', 'a')).toBeUndefined();
      expect(await consumers.put('alice', 'a', ['z'], 'third')).toBe(true);
      expect(await consumers.find('alice', 'a')).toMatchObject({ patterns: ['z'], cursor: 'first' });
    });

    it('[Q-1] lists those of a user by their names, and forgets one that is removed', async () => {
      const { consumers } = (await kind.open()).adapters();
      for (const name of ['b', 'a', '__proto__']) await consumers.put('alice', name, ['x'], '');
      await consumers.put('bob', 'c', ['x'], '');
      const names = async (user: string) => (await consumers.all(user)).map(({ name }) => name);
      expect(await names('alice')).toEqual(['__proto__', 'a', 'b']);
      for (let times = 0; times < 2; times++) await consumers.remove('alice', 'a');
      expect(await names('alice')).toEqual(['__proto__', 'b']);
      expect(await consumers.find('alice', 'a')).toBeUndefined();
      expect(await consumers.lease('alice', 'a', 'call', LONG)).toBeUndefined();
      expect(await consumers.place('alice', 'a', '')).toBe(false);
      expect(await names('bob')).toEqual(['c']);
      expect(await names('nobody')).toEqual([]);
    });

    it('[Q-11] tells of all in turns, and not of those that are gone', async () => {
      const { consumers } = (await kind.open()).adapters();
      expect(await consumers.round(10)).toEqual([]);
      const wanted = ['alice', 'bob', 'carol'].map((user) => ({ user, name: 'a' }));
      for (const { user, name } of wanted) await consumers.put(user, name, ['x'], '');
      await consumers.put('dave', 'gone', ['x'], '');
      await consumers.remove('dave', 'gone');
      const told = [];
      for (let rounds = 0; rounds < 4; rounds++) {
        told.push(...(await consumers.round(2)));
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      for (const each of wanted) expect(told).toContainEqual(each);
      expect(told.map(({ user }) => user)).not.toContain('dave');
      expect(await consumers.round(10)).toHaveLength(3);
    });

    it('[Q-2] gives a user a number of consumers, and one more once one is removed', async () => {
      const { consumers } = (await kind.open()).adapters();
      for (let i = 0; i < MOST_CONSUMERS; i++) expect(await consumers.put('alice', `${i}`, ['x'], '')).toBe(true);
      expect(await consumers.put('alice', 'more', ['x'], '')).toBe(false);
      expect(await consumers.find('alice', 'more')).toBeUndefined();
      expect(await consumers.put('alice', '3', ['y'], '')).toBe(true);
      expect(await consumers.put('bob', 'more', ['x'], '')).toBe(true);
      await consumers.remove('alice', '3');
      expect(await consumers.put('alice', 'more', ['x'], '')).toBe(true);
    });

    it('[Q-5] leases a consumer to one caller at a time, and the same to a caller that asks again', async () => {
      const store = await kind.open();
      const { consumers } = store.adapters();
      await consumers.put('alice', 'a', ['x'], 'here');
      const lease = await consumers.lease('alice', 'a', 'one', LONG);
      expect(lease).toEqual({ fence: expect.any(Number), patterns: ['x'], cursor: 'here' });
      expect(await consumers.lease('alice', 'a', 'one', LONG)).toEqual(lease);
      const held = await store.adapters().consumers.lease('alice', 'a', 'two', LONG);
      expect(held).toEqual({ remaining: expect.any(Number) });
      const { remaining } = held as { remaining: number };
      expect(remaining).toBeGreaterThan(0);
      expect(remaining).toBeLessThanOrEqual(LONG);
      expect((await consumers.find('alice', 'a'))?.leasedUntil).toBeGreaterThan(0);
    });

    it('[Q-5] gives a lease anew once its time is over or it was given back, under a higher fence', async () => {
      const store = await kind.open();
      const { consumers } = store.adapters();
      await consumers.put('alice', 'a', ['x'], 'here');
      const one = await leased(consumers, 'a', 1);
      await store.pass(20);
      const two = await leased(consumers, 'a');
      expect(two.fence).toBeGreaterThan(one.fence);
      expect(await consumers.giveBack('alice', 'a', one.fence, 'stolen')).toBe(false);
      expect(await consumers.giveBack('alice', 'a', two.fence, 'there')).toBe(true);
      expect((await consumers.find('alice', 'a'))?.leasedUntil).toBeUndefined();
      const three = await leased(consumers, 'a');
      expect(three.fence).toBeGreaterThan(two.fence);
      expect(three.cursor).toBe('there');
    });

    it('[Q-6] moves the cursor to what was offered, once it is acknowledged, and says so again', async () => {
      const { consumers } = (await kind.open()).adapters();
      await consumers.put('alice', 'a', ['x'], '0');
      const { fence } = await leased(consumers, 'a');
      // Before anything was handed out, there is nothing to be acknowledged.
      expect(await consumers.acknowledge('alice', 'a', fence)).toBe(false);
      for (let times = 0; times < 2; times++) {
        expect(await consumers.offer('alice', 'a', fence, '1', LONG)).toBe(true);
      }
      expect((await consumers.find('alice', 'a'))?.cursor).toBe('0');
      for (let times = 0; times < 2; times++) expect(await consumers.acknowledge('alice', 'a', fence)).toBe(true);
      expect(await consumers.find('alice', 'a')).toMatchObject({ cursor: '1', leasedUntil: undefined });
      const next = await leased(consumers, 'a');
      expect(next.cursor).toBe('1');
      expect(await consumers.acknowledge('alice', 'a', fence)).toBe(true);
      expect((await consumers.find('alice', 'a'))?.cursor).toBe('1');
    });

    it('[Q-6] says again what was acknowledged, whoever acknowledged more since, and moves nothing back', async () => {
      const { consumers } = (await kind.open()).adapters();
      await consumers.put('alice', 'a', ['x'], '0');
      const fences: number[] = [];
      for (let n = 1; n <= ACKNOWLEDGEMENTS_REMEMBERED; n++) {
        const { fence } = await leased(consumers, 'a');
        await consumers.offer('alice', 'a', fence, `${n}`, LONG);
        expect(await consumers.acknowledge('alice', 'a', fence)).toBe(true);
        fences.push(fence);
      }
      const given = await leased(consumers, 'a');
      await consumers.giveBack('alice', 'a', given.fence, `${ACKNOWLEDGEMENTS_REMEMBERED}`);
      for (const fence of fences) expect(await consumers.acknowledge('alice', 'a', fence)).toBe(true);
      expect(await consumers.acknowledge('alice', 'a', given.fence)).toBe(false);
      expect(await consumers.acknowledge('alice', 'a', Math.floor((fences[0] as number) / 10))).toBe(false);
      expect((await consumers.find('alice', 'a'))?.cursor).toBe(`${ACKNOWLEDGEMENTS_REMEMBERED}`);
      // Placed, it is not where it was acknowledged to be.
      await consumers.place('alice', 'a', 'placed');
      for (const fence of fences) expect(await consumers.acknowledge('alice', 'a', fence)).toBe(false);
    });

    it('[Q-5] [Q-6] lets an offer that arrives late hold nobody up: its lease was given back, or acknowledged', async () => {
      const { consumers } = (await kind.open()).adapters();
      await consumers.put('alice', 'a', ['x'], '0');
      const one = await leased(consumers, 'a');
      await consumers.giveBack('alice', 'a', one.fence, '0');
      expect(await consumers.offer('alice', 'a', one.fence, '1', LONG)).toBe(false);
      const two = await leased(consumers, 'a');
      await consumers.offer('alice', 'a', two.fence, '1', LONG);
      await consumers.acknowledge('alice', 'a', two.fence);
      expect(await consumers.offer('alice', 'a', two.fence, '1', LONG)).toBe(false);
      expect(await consumers.acknowledge('alice', 'a', two.fence)).toBe(true);
      const three = await leased(consumers, 'a');
      expect(three.cursor).toBe('1');
      expect(three.fence).toBeGreaterThan(two.fence);
    });

    it('[Q-6] lets who lost the lease move nothing', async () => {
      const store = await kind.open();
      const { consumers } = store.adapters();
      await consumers.put('alice', 'a', ['x'], '0');
      const one = await leased(consumers, 'a');
      await consumers.offer('alice', 'a', one.fence, '1', 1);
      await store.pass(20);
      const two = await leased(consumers, 'a');
      expect(two.cursor).toBe('0');
      expect(await consumers.acknowledge('alice', 'a', one.fence)).toBe(false);
      expect(await consumers.offer('alice', 'a', one.fence, '2', LONG)).toBe(false);
      // What the one before had offered is not what this one acknowledges.
      expect(await consumers.acknowledge('alice', 'a', two.fence)).toBe(false);
      expect((await consumers.find('alice', 'a'))?.cursor).toBe('0');
      expect(await consumers.offer('alice', 'a', two.fence, '3', LONG)).toBe(true);
      expect(await consumers.acknowledge('alice', 'a', two.fence)).toBe(true);
      expect(await consumers.acknowledge('alice', 'none', two.fence)).toBe(false);
      expect(await consumers.acknowledge('bob', 'a', two.fence)).toBe(false);
    });

    it('[Q-6] takes an acknowledgement whose time is over while nobody else had the lease', async () => {
      const store = await kind.open();
      const { consumers } = store.adapters();
      await consumers.put('alice', 'a', ['x'], '0');
      const { fence } = await leased(consumers, 'a');
      await consumers.offer('alice', 'a', fence, '1', 1);
      await store.pass(20);
      expect(await consumers.acknowledge('alice', 'a', fence)).toBe(true);
      expect((await consumers.find('alice', 'a'))?.cursor).toBe('1');
    });

    it('[Q-6] takes the lease away where the cursor is placed, or what is followed changes', async () => {
      const { consumers } = (await kind.open()).adapters();
      await consumers.put('alice', 'a', ['x'], '0');
      const changes = [
        () => consumers.place('alice', 'a', 'placed'),
        () => consumers.put('alice', 'a', ['y'], '0'),
        async () => {
          await consumers.remove('alice', 'a');
          return consumers.put('alice', 'a', ['y'], 'anew');
        },
      ];
      for (const change of changes) {
        const { fence } = await leased(consumers, 'a');
        await consumers.offer('alice', 'a', fence, 'stolen', LONG);
        expect(await change()).toBe(true);
        expect(await consumers.acknowledge('alice', 'a', fence)).toBe(false);
        expect(await consumers.giveBack('alice', 'a', fence, 'stolen')).toBe(false);
        const next = await leased(consumers, 'a');
        expect(next.fence).toBeGreaterThan(fence);
        expect(next.cursor).not.toBe('stolen');
        expect(await consumers.giveBack('alice', 'a', next.fence, next.cursor)).toBe(true);
      }
      // The same again takes nothing away.
      const { fence } = await leased(consumers, 'a');
      await consumers.offer('alice', 'a', fence, 'next', LONG);
      await consumers.put('alice', 'a', ['y'], '0');
      expect(await consumers.acknowledge('alice', 'a', fence)).toBe(true);
    });

    itInTime(kind, '[Q-2] keeps a consumer for 30 days after it was used last', async () => {
      const store = await kind.open();
      const { consumers } = store.adapters();
      const [put, pulled] = ['put', 'pulled'];
      for (const name of [put, pulled]) await consumers.put('alice', name, ['x'], '');
      await store.pass(CONSUMER_LIFETIME - 1);
      await leased(consumers, pulled);
      await store.pass(1);
      expect(await consumers.find('alice', put)).toBeUndefined();
      expect((await consumers.all('alice')).map(({ name }) => name)).toEqual([pulled]);
      for (let i = 1; i < MOST_CONSUMERS; i++) expect(await consumers.put('alice', `${i}`, ['x'], '')).toBe(true);
      expect(await consumers.put('alice', 'more', ['x'], '')).toBe(false);
    });
  });
};
