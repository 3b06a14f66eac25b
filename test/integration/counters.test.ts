import { expect, it, onTestFinished, vi } from 'vitest';
import { MemoryMeter } from '../../lib/memory/meter.ts';
import type { RedisClient } from '../../lib/redis/client.ts';
import { RedisCounters } from '../../lib/redis/counters.ts';
import { meteredHistory } from '../../lib/telemetry/metered.ts';
import { countedRedis, keysOf, redisUnderTest } from './redis.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A client of which some writes of counters are carried out, and their answers lost. */
const losingAnswers = (client: RedisClient, answers: boolean[]): RedisClient =>
  new Proxy(client, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      if (name !== 'count') return member.bind(target);
      return async (...values: (string | number)[]) => {
        await (member as (...all: (string | number)[]) => Promise<number>).apply(target, values);
        if (answers.shift() === false) throw new Error('the answer was lost');
      };
    },
  });

it('[O-2] a write sent again, since its answer was lost, is counted once', async () => {
  const { client, keys } = redisUnderTest();
  const counters = new RedisCounters(losingAnswers(client, [true, false, false, true]), keys);
  counters.add('events_accepted', 1);
  await counters.flush();
  counters.add('events_accepted', 10);
  await counters.flush();
  counters.add('events_accepted', 100);
  counters.set('uptime', 5);
  await counters.flush();
  await counters.flush();
  expect(Object.fromEntries(await counters.read())).toEqual({ events_accepted: 111, uptime: 5 });
});

it.each([11 * MINUTE, 25 * HOUR])(
  '[O-2] a write whose answer was lost is counted once, also where Redis comes back after %d ms',
  async (away) => {
    const { client, keys, prefix } = redisUnderTest();
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const counters = new RedisCounters(losingAnswers(client, [false, false]), keys);
    counters.add('events_accepted', 5);
    await counters.flush();
    vi.setSystemTime(Date.now() + away);
    // By its own clock Redis has come as far.
    for (const key of await keysOf(client, prefix)) {
      const left = await client.pttl(key);
      if (left !== -1 && left <= away) await client.del(key);
    }
    counters.add('events_accepted', 10);
    await counters.flush();
    await counters.flush();
    expect(Object.fromEntries(await counters.read())).toEqual({ events_accepted: 15 });
  },
);

it('[O-4] counts travel in a round trip that is made anyway', async () => {
  const { client, keys, history, trips } = await countedRedis();
  const counters = new RedisCounters(client, keys);
  const ridden = meteredHistory(history, counters, new MemoryMeter());
  await ridden.positions(['warm-up']);
  counters.add('events_accepted', 1);
  trips.take();
  await ridden.positions(['a:b']);
  expect(trips.take()).toBe(1);
  expect((await counters.read()).get('events_accepted')).toBe(1);
});

it('[O-2] what no trip takes along is written by itself', async () => {
  const { client, keys } = redisUnderTest();
  const counters = new RedisCounters(client, keys);
  counters.add('events_delivered', 3);
  await expect.poll(async () => (await counters.read()).get('events_delivered')).toBe(3);
});

it('[O-2] connections are counted as they open and end, once however many notice', async () => {
  const { directory, meter, client, keys } = redisUnderTest();
  const { connection } = await import('../unit/sync/world.ts');
  for (const id of ['a', 'b', 'a']) await directory.open(connection(id));
  await Promise.all([directory.close('a'), directory.close('a'), directory.close('never')]);
  expect(Object.fromEntries(meter.numbers)).toEqual({ connections_opened: 2, connections_closed: 1 });
  expect(meter.observations.get('connections_duration')).toHaveLength(1);
  expect(await client.zrange(keys.open, '0', '-1')).toEqual(['b']);
});
