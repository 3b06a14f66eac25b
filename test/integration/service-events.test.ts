import { describe, expect, it } from 'vitest';
import { MemoryMeter } from '../../lib/memory/meter.ts';
import type { Caller } from '../../lib/ports/connection.ts';
import type { ServiceEventKind } from '../../lib/ports/service-events.ts';
import { NO_CAPABILITIES } from '../../lib/protocol/capabilities.ts';
import { openSession } from '../../lib/protocol/session.ts';
import type { RedisClient } from '../../lib/redis/client.ts';
import { RedisDirectory } from '../../lib/redis/directory.ts';
import { RedisServiceEvents } from '../../lib/redis/service-events.ts';
import { RedisSubscriptions } from '../../lib/redis/subscriptions.ts';
import { channelSubject, connectionSubject, UNTRUE, untoldKeys, userSubject } from '../../lib/redis/telling.ts';
import { redisUnderTest } from './redis.ts';

const ALL: ReadonlySet<ServiceEventKind> = new Set(['connections', 'subscriptions', 'users', 'channels']);

const alice: Caller = {
  id: 'A',
  user: 'alice',
  endpoint: 'http://gateway',
  capabilities: NO_CAPABILITIES,
  session: openSession(0),
};

/** The same client, of which each command is noted by its name, and of which none after so many is sent. */
const mortal = (client: RedisClient, most = Number.POSITIVE_INFINITY) => {
  const sent: string[] = [];
  const proxy = new Proxy(client, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        if (sent.length >= most) return Promise.reject(new Error('killed'));
        sent.push(String(name));
        return member.apply(target, args);
      };
    },
  });
  return { client: proxy, sent };
};

type Under = ReturnType<typeof redisUnderTest>;

const adaptersOn = (client: RedisClient, { keys }: Under, told?: ReadonlySet<ServiceEventKind>) => ({
  directory: new RedisDirectory(client, keys, new MemoryMeter(), told),
  subscriptions: new RedisSubscriptions(client, keys, told),
});

const named = (...texts: readonly string[]) => texts.map((text) => ({ text, found: 'by-name' as const }));

/** A whole life. */
const live = async ({ directory, subscriptions }: ReturnType<typeof adaptersOn>): Promise<void> => {
  await directory.open(alice);
  await subscriptions.add(alice, named('a', 'b'), 10);
  await subscriptions.remove(alice, ['a']);
  await directory.because('A', 'stuck');
  await directory.close('A', 'left');
};

describe('what is told of the service, in Redis', () => {
  it('[V-3] costs no command where nothing is told, and a few where something is', async () => {
    const test = redisUnderTest();
    const [off, on] = [mortal(test.client), mortal(test.client)];
    await live(adaptersOn(off.client, test));
    const own = ['foresee', 'opened', 'because', 'depart', 'hdel'];
    expect(off.sent.filter((name) => own.includes(name))).toEqual(['hdel']);
    await live(adaptersOn(on.client, test, ALL));
    const others = (sent: readonly string[]) => sent.filter((name) => !own.includes(name));
    expect(others(on.sent)).toEqual(others(off.sent));
    expect(on.sent).toEqual(expect.arrayContaining(['foresee', 'opened', 'because', 'depart']));
  });

  it('[V-2] is found whatever step a function is killed at, and the end is told by whoever completes it', async () => {
    const whole = mortal(redisUnderTest().client);
    const first = redisUnderTest();
    await live(adaptersOn(mortal(first.client).client, first, ALL));
    const counting = mortal(first.client);
    await live(adaptersOn(counting.client, first, ALL));
    expect(whole.sent).toEqual([]);
    let ended = 0;
    for (let step = 0; step <= counting.sent.length; step++) {
      const test = redisUnderTest();
      const { client, keys } = test;
      await live(adaptersOn(mortal(client, step).client, test, ALL)).catch(() => undefined);
      const subject = connectionSubject('A');
      const [due] = untoldKeys(keys, subject);
      const written = await client.lrange(keys.untoldOf('A'), 0, -1);
      const score = await client.zscore(due, subject);
      // Whatever is true is noted, and comes up within the time in which it can come true.
      if (written.length > 0) expect(Number(score)).toBeGreaterThan(0);
      if (score !== null) expect(Number(score)).toBeLessThanOrEqual(Date.now() + UNTRUE + 1_000);
      // The sweeper completes it.
      await adaptersOn(client, test, ALL).directory.close('A', 'gone');
      const events = new RedisServiceEvents(client, keys);
      const facts = await events.facts(subject, 100);
      const ends = facts.filter(({ what }) => what === 'opened' || what === 'closed').map(({ what }) => what);
      expect(ends).toEqual(ends.length === 0 ? [] : ['opened', 'closed']);
      if (ends.length > 0) {
        ended++;
        expect((await events.untold(10)).map((each) => each.subject)).toContain(subject);
      }
      // Of a user and of channels: what was told to be there is noted, so that its end will be.
      for (const [other, [state]] of [
        [userSubject('alice'), keys.presence('alice')],
        [channelSubject('a'), keys.occupancy('a')],
        [channelSubject('b'), keys.occupancy('b')],
      ] as const) {
        const [is, since] = await client.hmget(state, 'is', 'since');
        if (is === '1') expect([other, since !== null]).toEqual([other, true]);
        if (is === '1') expect(await client.zscore(untoldKeys(keys, other)[0], other)).not.toBeNull();
      }
    }
    expect(ended).toBeGreaterThan(10);
  });

  it('[V-2] comes up again while somebody may still make it true, and is then forgotten', async () => {
    const test = redisUnderTest();
    const { client, keys } = test;
    const subject = connectionSubject('A');
    const [due, marks] = untoldKeys(keys, subject);
    const events = new RedisServiceEvents(client, keys);
    await client.foresee(due, marks, subject, UNTRUE, 60_000, 'NX');
    expect(await events.untold(10)).toEqual([]);
    await client.zadd(due, 1, subject);
    const [found] = await events.untold(10);
    await events.overlook(found as NonNullable<typeof found>);
    expect(Number(await client.zscore(due, subject))).toBeGreaterThan(Date.now());
    // Noted long ago.
    await client.hset(marks, subject, '1000000');
    await client.zadd(due, 1, subject);
    const [old] = await events.untold(10);
    await events.overlook(old as NonNullable<typeof old>);
    expect([await client.zscore(due, subject), await client.hget(marks, subject)]).toEqual([null, null]);
  });
});
