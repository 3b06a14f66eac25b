import { expect, it } from 'vitest';
import type { Appended, Recorded } from '../../lib/ports/broadcast.ts';
import type { ReadFrom } from '../../lib/ports/history.ts';
import type { Turn } from '../../lib/ports/turn.ts';
import { NO_CAPABILITIES } from '../../lib/protocol/capabilities.ts';
import { openSession } from '../../lib/protocol/session.ts';
import type { RedisClient } from '../../lib/redis/client.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { around } from '../../lib/telemetry/around.ts';
import { event } from '../unit/sync/world.ts';
import { adapters, keysOf, redisUnderTest } from './redis.ts';

const at = (recorded: Recorded | undefined): Appended => {
  if (recorded === undefined || !('at' in recorded)) throw new Error('not an event for all');
  return recorded.at;
};

/** Turns of a shard, one after the other. */
const turn = (fence: number): Turn => ({ shard: 'events.0', fence, unknown: [] });

/** A clock that can be set; Redis’s own cannot, but only the difference counts. */
const settable = () => {
  const clock = { ...systemClock, ahead: 0, now: () => Date.now() + clock.ahead };
  return clock;
};
const HOUR = 3_600_000;

it('[B-4] [R-10] what is old by one clock alone is neither cut nor forgotten', async () => {
  const clock = settable();
  const { history, client, keys } = redisUnderTest({ clock });
  const [counters, events, ids, idsByAge] = keys.history('a');
  // Appended just now by the caller’s clock, an hour ago by that of Redis, which is ahead: the retention is a minute.
  const then = Date.now() - HOUR;
  clock.ahead = -HOUR;
  await client.hset(counters, { epoch: 'e', offset: 2, timestamp: then });
  for (const offset of [1, 2]) {
    await client.xadd(events, `${offset}-${then}`, 'c', 'k', 'p', 'normal', 'h', '["x",""]', 'd', 'null');
    await client.hset(ids, `bob\n${offset}`, `${offset}:${then}`);
    await client.rpush(idsByAge, `${then}:bob\n${offset}`);
  }
  await history.append([event('a', '3')]);
  expect(await client.xlen(events)).toBe(3);
  const [again] = await history.append([event('a', '1')]);
  expect(at(again)).toMatchObject({ offset: 1, duplicate: true });

  // Old by both.
  clock.ahead = 0;
  await history.append([event('a', '4')]);
  expect(await client.xlen(events)).toBe(2);
  expect(await client.hexists(ids, 'bob\n1')).toBe(0);
});

it('[A-3] a batch that comes back after the time an id is remembered appends nothing twice', async () => {
  const { history, client, keys } = redisUnderTest();
  const batch = Array.from({ length: 6 }, (_, i) => event('a', `${i}`));
  await history.append(batch);
  // As if it had happened an hour ago.
  const [, , ids, idsByAge] = keys.history('a');
  const old = Date.now() - 3_600_000;
  await client.del(idsByAge);
  await client.rpush(idsByAge, ...batch.map(({ id }) => `${old}:bob\n${id}`));
  await client.hset(ids, Object.fromEntries(batch.map(({ id }, i) => [`bob\n${id}`, `${i + 1}:${old}`])));

  const again = await history.append(batch.slice(0, 4));
  expect(again.every((each) => at(each).duplicate)).toBe(true);
  const rest = await history.append([...batch.slice(4), event('a', 'new')]);
  expect(rest.map((each) => at(each).offset)).toEqual([5, 6, 7]);
  // Only now, with something newer appended, are the old ones let go.
  expect(await client.hlen(ids)).toBeLessThan(7);
});

/** A client of which some appends are carried out, and their answers lost. */
const losing = (client: RedisClient, isLost: (key: string) => boolean): RedisClient =>
  new Proxy(client, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      if (name !== 'append') return member.bind(target);
      return async (...values: (string | number)[]) => {
        const answer = await target.append(...values);
        if (isLost(String(values[1]))) throw new Error('the answer was lost');
        return answer;
      };
    },
  });

it('[O-2] [B-4] an append whose answer was lost is repeated, answered and counted as if it had not been', async () => {
  const { client, prefix, keys } = redisUnderTest();
  const lost = [...['a', 'b'].map((name) => keys.history(name)[0]), keys.privateHistory('carol', 'a')[0]];
  const { history, meter } = adapters(
    losing(client, (key) => {
      const place = lost.indexOf(key);
      if (place >= 0) lost.splice(place, 1);
      return place >= 0;
    }),
    prefix,
  );
  await history.append([event('a', 'before')], turn(1)).catch(() => undefined);
  expect(Object.fromEntries(meter.numbers)).toEqual({});
  const batch = [
    event('a', 'before'),
    event('a', '1'),
    event('a', '1'),
    event('b', '2'),
    event('c', '3'),
    event('a', '4', { targetUsers: ['carol', 'dave'] }),
  ];
  let recorded: readonly Recorded[] | undefined;
  for (let tries = 0; recorded === undefined; tries++) {
    expect(tries).toBeLessThan(5);
    recorded = await history.append(batch, turn(2)).catch(() => undefined);
  }
  expect(lost).toEqual([]);
  // The first was another’s, whose answer never came; of two that are the same one is new.
  expect(recorded.slice(0, 5).map((each) => [at(each).offset, at(each).duplicate])).toEqual([
    [1, true],
    [2, false],
    [2, true],
    [1, false],
    [1, false],
  ]);
  const privately = recorded[5] as Recorded & { readonly atUser: ReadonlyMap<string, Appended> };
  expect([...privately.atUser].map(([user, { offset, duplicate }]) => [user, offset, duplicate])).toEqual([
    ['carol', 1, false],
    ['dave', 1, false],
  ]);
  expect(Object.fromEntries(meter.numbers)).toEqual({ events_appended: 5, events_duplicate: 2 });
  // Whoever publishes the same again publishes nothing, and whoever repeats what succeeded.
  expect((await history.append([event('b', '2')], turn(3))).map((each) => at(each).duplicate)).toEqual([true]);
  expect((await history.append(batch.slice(3, 5), turn(4))).map((each) => at(each).duplicate)).toEqual([true, true]);
});

it('[O-2] an append that the client itself sent again is answered as the first time', async () => {
  const { client, prefix } = redisUnderTest();
  const twice = new Proxy(client, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      if (name !== 'append') return member.bind(target);
      return async (...values: (string | number)[]) => {
        await target.append(...values);
        return target.append(...values);
      };
    },
  });
  const { history, meter } = adapters(twice, prefix);
  const recorded = await history.append([event('a', '1'), event('a', '2')], turn(1));
  expect(recorded.map((each) => [at(each).offset, at(each).duplicate])).toEqual([
    [1, false],
    [2, false],
  ]);
  expect(Object.fromEntries(meter.numbers)).toEqual({ events_appended: 2 });
});

it('[B-4] an id outlives events that are kept for less than five minutes, and the counters outlive it', async () => {
  const { history, client, keys } = redisUnderTest();
  await history.append([event('a', '1')]);
  const [counters, events, ...ids] = await Promise.all(keys.history('a').map((key) => client.pttl(key)));
  expect(events).toBeLessThanOrEqual(60_000);
  for (const left of ids) expect(left).toBeGreaterThan(290_000);
  expect(counters).toBeGreaterThan(590_000);
});

it('keeps ids in bounded room under a steady stream', async () => {
  const { history, client, keys } = redisUnderTest();
  const [, , ids, idsByAge] = keys.history('a');
  for (let round = 0; round < 20; round++) {
    await history.append(Array.from({ length: 10 }, (_, i) => event('a', `${round}-${i}`)));
    const remembered = await client.lrange(idsByAge, 0, -1);
    // Every round is a quarter of the time an id is remembered.
    const aged = remembered.map((entry) => entry.replace(/^\d+/, (since) => String(Number(since) - 75_001)));
    await client.del(idsByAge);
    await client.rpush(idsByAge, ...aged);
    const appended = Object.entries(await client.hgetall(ids));
    const older = appended.map(([id, at]) => [id, at.replace(/\d+$/, (stamp) => String(Number(stamp) - 75_001))]);
    await client.hset(ids, Object.fromEntries(older));
  }
  expect(await client.hlen(ids)).toBeLessThanOrEqual(60);
});

it('leaves no key without an expiry', async () => {
  const { history, subscriptions, directory, client, prefix } = redisUnderTest();
  const alice = {
    id: 'A',
    user: 'alice',
    endpoint: 'http://gateway',
    capabilities: NO_CAPABILITIES,
    session: openSession(0),
  };
  await directory.open(alice);
  await subscriptions.add(
    alice,
    [
      { text: 'a', found: 'by-name' },
      { text: 'b:*', found: { byShape: '_:*' } },
    ],
    10,
  );
  await history.append([event('a', '1'), event('a', '2', { targetUsers: ['alice'] })]);
  await history.positions(['c'], 'alice', true);
  const keys = await keysOf(client, prefix);
  expect(keys.length).toBeGreaterThan(10);
  // Of the whole service, one key.
  const ofTheService = `${prefix}e:{epochs}`;
  expect(keys).toContain(ofTheService);
  for (const key of keys.filter((name) => name !== ofTheService))
    expect([key, await client.pttl(key)]).toEqual([key, expect.toSatisfy((ttl: number) => ttl > 0)]);
});

it('[P-2] [S-2] reading makes nothing of channels that hold nothing', async () => {
  const { history, client, prefix } = redisUnderTest();
  const channels = Array.from({ length: 500 }, (_, i) => `never:${i}`);
  const read = (from: ReadFrom) =>
    history.read(
      channels.map((channel) => ({ name: { channel }, from, most: 1 })),
      {},
    );
  await history.positions(channels, 'alice');
  await read({ since: 0 });
  await read('latest');
  expect(await keysOf(client, prefix)).toEqual([]);
  // Whoever subscribes is foretold the epochs of all by one key.
  const { positions } = await history.positions(channels, 'alice', true);
  expect(new Set(channels.map((channel) => positions[channel]?.epoch)).size).toBe(channels.length);
  await read({ after: { offset: 0, epoch: 'e' } });
  expect(await keysOf(client, prefix)).toEqual([`${prefix}e:{epochs}`]);
});

it('[S-2] epochs that were foretold by a Redis that forgot them are of no history', async () => {
  const { history, client, keys } = redisUnderTest();
  const foretold = async () => (await history.positions(['a'], undefined, true)).positions['a']?.epoch as string;
  const before = await foretold();
  await client.del(keys.epochs(undefined));
  const [page] = await history.read(
    [{ name: { channel: 'a' }, from: { after: { offset: 0, epoch: before } }, most: 1 }],
    {},
  );
  expect(page?.missing).toBe(true);
  expect(await foretold()).not.toBe(before);
  // As many histories that begin as make the count of a share begin again: all epochs of one differ.
  const epochs = new Set<string>();
  for (let i = 0; i < 250; i++) {
    const [recorded] = await history.append([event('a', '1')]);
    epochs.add(at(recorded).epoch);
    await client.del(...keys.history('a'));
  }
  expect(epochs.size).toBe(250);
});

/** A client that says how many steps were under way at most, and fails one when it is told to. */
const watched = (inner: RedisClient) => {
  const seen = { steps: 0, most: 0, failAt: Number.POSITIVE_INFINITY };
  let underWay = 0;
  const step =
    (method: 'append' | 'activate') =>
    async (...values: never[]) => {
      seen.steps++;
      seen.most = Math.max(seen.most, ++underWay);
      try {
        const answer = await inner[method](...values);
        if (seen.steps >= seen.failAt) throw new Error('the connection ended');
        return answer;
      } finally {
        underWay--;
      }
    };
  return {
    seen,
    client: around(inner, { append: step('append'), activate: step('activate') } as Partial<RedisClient>),
  };
};

const manyUsers = Array.from({ length: 1_000 }, (_, n) => `user-${n}`);

it('[B-3] what is addressed to many users is appended a part at a time, whatever it all comes to', async () => {
  const { client: inner, prefix } = redisUnderTest();
  const { client, seen } = watched(inner);
  const { history } = adapters(client, prefix);
  const broadcasts = Array.from({ length: 10 }, (_, n) => event(`c:${n}`, 'x', { targetUsers: manyUsers }));
  // Within a turn a step that a busy machine sends twice says the same twice.
  const recorded = await history.append(broadcasts, turn(1));
  for (const each of recorded) {
    if (!('atUser' in each)) throw new Error('not private');
    expect([...each.atUser.keys()]).toEqual(manyUsers);
    for (const place of each.atUser.values()) expect(place).toMatchObject({ offset: 1, duplicate: false });
  }
  // Redis takes some twenty thousand a second, and a command may take three.
  expect(seen.most).toBeLessThanOrEqual(1_000);
});

it('[B-3] [A-3] an append that failed goes on where it failed, and says of all what it would have said', async () => {
  const { client: inner, prefix } = redisUnderTest();
  const { client, seen } = watched(inner);
  const { history } = adapters(client, prefix);
  const broadcasts = [event('a', 'x', { targetUsers: manyUsers }), event('b', 'y', { targetUsers: manyUsers })];
  // All users are noted first.
  seen.failAt = manyUsers.length + 1_300;
  await expect(history.append(broadcasts, turn(1))).rejects.toThrow('away');
  seen.failAt = Number.POSITIVE_INFINITY;
  seen.steps = 0;
  const recorded = await history.append(broadcasts, turn(1));
  expect(seen.steps).toBeLessThan(1_500);
  const places = recorded.flatMap((each) => ('atUser' in each ? [...each.atUser.values()] : []));
  expect(places).toHaveLength(2_000);
  expect(new Set(places.map(({ offset, duplicate }) => `${offset} ${duplicate}`))).toEqual(new Set(['1 false']));
});
