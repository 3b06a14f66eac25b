import { expect, it } from 'vitest';
import type { Appended, Recorded } from '../../lib/ports/broadcast.ts';
import { NO_CAPABILITIES } from '../../lib/protocol/capabilities.ts';
import { openSession } from '../../lib/protocol/session.ts';
import type { RedisClient } from '../../lib/redis/client.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { event } from '../unit/sync/world.ts';
import { adapters, keysOf, redisUnderTest } from './redis.ts';

const at = (recorded: Recorded | undefined): Appended => {
  if (recorded === undefined || !('at' in recorded)) throw new Error('not an event for all');
  return recorded.at;
};

it('[E-1] counts each channel from 1 without gaps, in one epoch', async () => {
  const { history } = redisUnderTest();
  const first = await history.append(['a', 'b', 'a', 'a', 'b'].map((channel, i) => event(channel, `1-${i}`)));
  const second = await history.append(['b', 'a'].map((channel, i) => event(channel, `2-${i}`)));
  expect([...first, ...second].map((recorded) => at(recorded).offset)).toEqual([1, 1, 2, 3, 2, 3, 4]);
  expect(new Set([first[0], first[2], second[1]].map((recorded) => at(recorded).epoch)).size).toBe(1);
});

it('[E-1] concurrent appends leave no gap and no double', async () => {
  const { history } = redisUnderTest();
  const batches = Array.from({ length: 40 }, (_, batch) =>
    Array.from({ length: 5 }, (_, i) => event('a', `${batch}-${i}`)),
  );
  const recorded = (await Promise.all(batches.map((batch) => history.append(batch)))).flat();
  const offsets = recorded.map((each) => at(each).offset).sort((a, b) => a - b);
  expect(offsets).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
});

it('[E-2] timestamps never decrease, even where the clock was ahead before', async () => {
  const { history, client, keys } = redisUnderTest();
  await history.append([event('a', '1')]);
  const ahead = Date.now() + 3_600_000;
  await client.hset(keys.history('a')[0], 'timestamp', String(ahead));
  const recorded = await history.append([event('a', '2'), event('a', '3')]);
  expect(recorded.map((each) => at(each).timestamp)).toEqual([ahead, ahead]);
});

/** A clock that can be set; Redis’s own cannot, but only the difference counts. */
const settable = () => {
  const clock = { ...systemClock, ahead: 0, now: () => Date.now() + clock.ahead };
  return clock;
};
const HOUR = 3_600_000;

it.each([
  ['ahead', HOUR],
  ['behind', -HOUR],
])('[E-2] [R-7] an event is not older than a time given out before, by the clock that is %s', async (_, ahead) => {
  const clock = settable();
  const { history } = redisUnderTest({ clock });
  clock.ahead = ahead;
  const { time } = await history.positions(['a']);
  const present = await history.time();
  for (const early of [time, present.earliest]) {
    expect(early).toBeLessThanOrEqual(Date.now() + Math.min(0, ahead));
    expect(early).toBeGreaterThan(Date.now() + Math.min(0, ahead) - HOUR / 2);
  }
  expect(present.latest).toBeGreaterThanOrEqual(time + HOUR / 2);
  const [recorded] = await history.append([event('a', '1')]);
  expect(at(recorded).timestamp).toBeGreaterThanOrEqual(present.latest);
  const active: string[] = [];
  for await (const page of history.activeChannels(['a'], present.latest)) active.push(...page);
  expect(active).toEqual(['a']);
});

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

it('[B-4] appends an id once per publisher and channel', async () => {
  const { history } = redisUnderTest();
  const recorded = await history.append([
    event('a', 'same'),
    event('a', 'same'),
    event('b', 'same'),
    event('a', 'same', { userId: 'carol' }),
  ]);
  expect(recorded.map((each) => [at(each).offset, at(each).duplicate])).toEqual([
    [1, false],
    [1, true],
    [1, false],
    [2, false],
  ]);
  const [again] = await history.append([event('a', 'same')]);
  expect(at(again)).toMatchObject({ offset: 1, duplicate: true, timestamp: at(recorded[0]).timestamp });
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
        if (isLost(String(values[0]))) throw new Error('the answer was lost');
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
  await history.append([event('a', 'before')]).catch(() => undefined);
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
    recorded = await history.append(batch).catch(() => undefined);
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
  expect((await history.append([event('b', '2')])).map((each) => at(each).duplicate)).toEqual([true]);
  expect((await history.append(batch.slice(3, 5))).map((each) => at(each).duplicate)).toEqual([true, true]);
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
  const recorded = await history.append([event('a', '1'), event('a', '2')]);
  expect(recorded.map((each) => [at(each).offset, at(each).duplicate])).toEqual([
    [1, false],
    [2, false],
  ]);
  expect(Object.fromEntries(meter.numbers)).toEqual({ events_appended: 2 });
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
  }
  expect(await client.hlen(ids)).toBeLessThanOrEqual(60);
});

it('[E-1] counts private events by themselves, per user and channel', async () => {
  const { history } = redisUnderTest();
  const [shared, mine, both] = await history.append([
    event('a', '1'),
    event('a', '2', { targetUsers: ['alice'] }),
    event('a', '3', { targetUsers: ['alice', 'carol'] }),
  ]);
  expect(at(shared).offset).toBe(1);
  if (mine === undefined || !('atUser' in mine) || both === undefined || !('atUser' in both))
    throw new Error('not private');
  expect(mine.atUser.get('alice')?.offset).toBe(1);
  expect([...both.atUser].map(([user, place]) => [user, place.offset])).toEqual([
    ['alice', 2],
    ['carol', 1],
  ]);
  const [next] = await history.append([event('a', '4')]);
  expect(at(next).offset).toBe(2);
});

it('[S-2] says where channels stand, and begins the epoch of one never heard of', async () => {
  const { history } = redisUnderTest();
  const [, last] = await history.append([event('a', '1'), event('a', '2')]);
  const { positions, time } = await history.positions(['a', 'new', '__proto__']);
  expect(positions['a']).toEqual({ offset: 2, epoch: at(last).epoch });
  expect(Object.keys(positions)).toEqual(['a', 'new', '__proto__']);
  expect(Math.abs(time - Date.now())).toBeLessThan(5_000);
  const [first] = await history.append([event('new', '1')]);
  expect(at(first)).toMatchObject({ offset: 1, epoch: positions['new']?.epoch });
});

it('keeps about as many events as it is told, and counts on', async () => {
  const { history, client, keys } = redisUnderTest({ maxEvents: 50 });
  for (let i = 0; i < 10; i++) {
    await history.append(Array.from({ length: 100 }, (_, n) => event('a', `${i}-${n}`)));
  }
  expect(await client.xlen(keys.history('a')[1])).toBeLessThan(300);
  expect((await history.positions(['a'])).positions['a']?.offset).toBe(1_000);
});

it('leaves no key without an expiry', async () => {
  const { history, subscriptions, connections, client, prefix } = redisUnderTest();
  const alice = {
    id: 'A',
    user: 'alice',
    endpoint: 'http://gateway',
    capabilities: NO_CAPABILITIES,
    session: openSession(0),
  };
  await connections.open(alice);
  await subscriptions.add(
    alice,
    [
      { text: 'a', found: 'by-name' },
      { text: 'b:*', found: { byShape: '_:*' } },
    ],
    10,
  );
  await history.append([event('a', '1'), event('a', '2', { targetUsers: ['alice'] })]);
  await history.positions(['c']);
  const keys = await keysOf(client, prefix);
  expect(keys.length).toBeGreaterThan(10);
  for (const key of keys)
    expect([key, await client.pttl(key)]).toEqual([key, expect.toSatisfy((ttl: number) => ttl > 0)]);
});
