import { expect, inject, it } from 'vitest';
import { ManualClock } from '../../lib/memory/manual-clock.ts';
import type { Caller } from '../../lib/ports/connection.ts';
import type { Subscription } from '../../lib/ports/subscriptions.ts';
import { NO_CAPABILITIES } from '../../lib/protocol/capabilities.ts';
import { openSession } from '../../lib/protocol/session.ts';
import type { RedisClient } from '../../lib/redis/client.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { retry } from '../../lib/sync/retry.ts';
import { sweep } from '../../lib/sync/sweep.ts';
import { residueOf, takeInventory } from '../soak/inventory.ts';
import { WatchedGateway } from '../unit/sync/watched-gateway.ts';
import { adapters, keysOf, lastingKeysOf, redisUnderTest } from './redis.ts';

const QUIET = 600_000;
const connection = (id: string): Caller => ({
  id,
  user: id,
  endpoint: 'http://127.0.0.1:3001',
  capabilities: NO_CAPABILITIES,
  session: openSession(0),
});
const WANTED: readonly Subscription[] = [
  { text: 'a', found: 'by-name' },
  { text: '/b/', found: 'by-matching' },
  { text: 'c?:d', found: 'by-matching' },
];

/** A client that dies at its n-th command: that one and all later ones fail without reaching Redis. */
const dyingAt = (client: RedisClient, fatal: number): RedisClient => {
  let commands = 0;
  return new Proxy(client, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        commands += 1;
        return commands >= fatal ? Promise.reject(new Error('killed')) : Reflect.apply(value, target, args);
      };
    },
  });
};

const underTest = () => {
  const test = redisUnderTest();
  const gateway = new WatchedGateway();
  const clock = new ManualClock();
  // The clock is set ahead, but Redis counts by its own how long a record was quiet: here any time is long enough.
  const world = { ...test, gateway, clock, endpoint: 'http://own', quiet: 0 };
  /** Sweeps after everything has become due. */
  const sweepLater = async (): Promise<void> => {
    clock.time = Date.now() + QUIET + 60_000;
    for (let runs = 0; runs < 3; runs++) await sweep(world, Number.POSITIVE_INFINITY);
  };
  return { ...test, gateway, sweepLater };
};

it('[S-8] whatever step a function is killed at, nothing is left of the connection after a sweep', async () => {
  const { client, prefix, gateway, sweepLater } = underTest();
  gateway.found = () => 'gone';
  const life = async (through: RedisClient, id: string): Promise<void> => {
    const { directory, subscriptions } = adapters(through, prefix);
    await directory.open(connection(id));
    await subscriptions.add(connection(id), WANTED, 10);
    await subscriptions.remove(connection(id), ['a']);
    await directory.close(id);
  };
  let died = 0;
  for (let fatal = 1; fatal <= 40; fatal++) {
    died += await life(dyingAt(client, fatal), `c${fatal}`).then(
      () => 0,
      () => 1,
    );
    const left = await keysOf(client, prefix);
    const ttls = await Promise.all(left.map((key) => client.pttl(key)));
    // The set by which the sweeper finds the others gets its expiry with every connection that follows.
    expect(left.filter((key, i) => (ttls[i] as number) < 0 && !key.endsWith('due'))).toEqual([]);
    await sweepLater();
    expect(await lastingKeysOf(client, prefix)).toEqual([]);
  }
  expect(died).toBeGreaterThan(12);
  expect(died).toBeLessThan(40);
});

it('[S-8] a subscribe that overlaps the end of its connection leaves nothing', async () => {
  const { client, prefix, directory, subscriptions, gateway, sweepLater } = underTest();
  gateway.found = () => 'gone';
  for (let round = 0; round < 200; round++) {
    const alice = connection(`c${round}`);
    await directory.open(alice);
    const adding = subscriptions.add(alice, WANTED, 10);
    if (round % 2 === 1) await client.ping();
    await Promise.all([adding, directory.close(alice.id), directory.close(alice.id)]);
  }
  await sweepLater();
  expect(await lastingKeysOf(client, prefix)).toEqual([]);
});

it('leaves connections alone that are open, and their subscriptions', async () => {
  const { client, keys, directory, subscriptions, gateway, sweepLater } = underTest();
  gateway.found = () => 'open';
  await directory.open(connection('A'));
  await subscriptions.add(connection('A'), WANTED, 10);
  await sweepLater();
  await sweepLater();
  expect(await subscriptions.count('A')).toBe(3);
  for (const text of ['a', '/b/', 'c?:d']) expect(await client.zcard(keys.audience(text))).toBe(1);
  expect((await subscriptions.changes(undefined)).added).toHaveLength(2);
});

it('does not ask for a connection that pinged, until it is quiet again', async () => {
  const { client, keys, directory } = underTest();
  await directory.open(connection('A'));
  await client.pexpire(keys.connection('A'), 9_000_000 - QUIET - 1_000);
  const later = Date.now() + QUIET + 1;
  expect((await directory.due(later, 10))[0]?.quiet).toBeGreaterThan(QUIET);
  await directory.seen('A');
  expect((await directory.due(later, 10))[0]?.quiet).toBeLessThan(QUIET);
  await directory.seen('never opened');
  expect(await client.exists(keys.connection('never opened'))).toBe(0);
});

it('compares before it deletes: a stamp that is not the one looked at keeps the entry', async () => {
  const { client, keys, subscriptions } = underTest();
  await subscriptions.add(connection('A'), WANTED, 10);
  const stamp = (await client.hget(keys.registry, 'p/b/')) as string;
  await subscriptions.add(connection('B'), [{ text: '/b/', found: 'by-matching' }], 10);
  const registry = [keys.registry, keys.registryLog, keys.registryRemoved];
  expect(await client.unregister(...registry, 100, '0', 'call', 1, 'p/b/', stamp)).toBe(0);
  expect(await client.hexists(keys.registry, 'p/b/')).toBe(1);
});

it('removes a shape once no connection that lives can have asked for it', async () => {
  const { client, keys, subscriptions } = underTest();
  await subscriptions.add(connection('A'), [{ text: 'user:*', found: { byShape: '_:*' } }], 10);
  expect(await subscriptions.pruneRegistry(100)).toBe(0);
  const old = Date.now() - 9_000_000 - 60_000;
  await client.hset(keys.registry, 's_:*', `1:${old}`);
  expect(await subscriptions.pruneRegistry(100)).toBe(1);
  expect(await client.exists(keys.registry, keys.registryLog)).toBe(0);
  await subscriptions.add(connection('A'), [{ text: 'user:*', found: { byShape: '_:*' } }], 10);
  expect((await subscriptions.changes({ generation: 'another', last: '0-0' })).added).toEqual([{ shape: '_:*' }]);
});

it('where the sweeper’s next look goes on is no residue, whenever it comes to look', async () => {
  const { prefix, directory, subscriptions } = underTest();
  await directory.open(connection('A'));
  await subscriptions.add(connection('A'), WANTED, 10);
  const before = await takeInventory(inject('redisUrl'), prefix);
  await subscriptions.pruneRegistry(100);
  expect(residueOf(before, await takeInventory(inject('redisUrl'), prefix))).toEqual([]);
  await subscriptions.add(connection('A'), [{ text: '/e/', found: 'by-matching' }], 10);
  expect(residueOf(before, await takeInventory(inject('redisUrl'), prefix))).toContain(
    'r:{registry}: 1 more than before',
  );
});

it('[S-8] ten thousand connections opened, and closed or not, leave no residue', async () => {
  const { client, prefix, directory, subscriptions, gateway, sweepLater } = underTest();
  gateway.found = () => 'gone';
  // On a busy machine the connection to Redis may be given up; each step may be repeated.
  const patiently = <T>(step: () => Promise<T>): Promise<T> => retry(systemClock, systemClock.elapsed() + 60_000, step);
  for (let from = 0; from < 10_000; from += 500) {
    await Promise.all(
      Array.from({ length: 500 }, async (_, i) => {
        const each = connection(`c${from + i}`);
        await patiently(() => directory.open(each));
        const wanted: Subscription[] = [{ text: `room:${i % 7}`, found: 'by-name' }, ...WANTED];
        await patiently(() => subscriptions.add(each, wanted, 10));
        // Every third end is lost.
        if (i % 3 !== 0) await patiently(() => directory.close(each.id));
      }),
    );
  }
  await sweepLater();
  const left = await lastingKeysOf(client, prefix);
  expect({ count: left.length, some: left.slice(0, 5) }).toEqual({ count: 0, some: [] });
}, 300_000);
