import { describe, expect, it } from 'vitest';
import { MOST_CONSUMERS } from '../../lib/ports/consumers.ts';
import type { RedisClient } from '../../lib/redis/client.ts';
import { RedisConsumers } from '../../lib/redis/consumers.ts';
import { redisUnderTest } from './redis.ts';

it('[Q-2] [Q-11] notes nothing of consumers that are refused, and forgets those that are removed', async () => {
  const { client, keys } = redisUnderTest();
  const consumers = new RedisConsumers(client, keys);
  const noted = () => client.zcard(keys.consumersOfAll);
  for (let i = 0; i < MOST_CONSUMERS; i++) await consumers.put('alice', `${i}`, ['x'], '');
  for (let i = 0; i < 50; i++) expect(await consumers.put('alice', `more ${i}`, ['x'], '')).toBe(false);
  expect(await noted()).toBe(MOST_CONSUMERS);
  for (let i = 0; i < 50; i++) {
    await consumers.remove('alice', '0');
    await consumers.put('alice', '0', ['x'], '');
    await consumers.remove('alice', '0');
  }
  expect(await noted()).toBe(MOST_CONSUMERS - 1);
  expect(await consumers.round(MOST_CONSUMERS)).toHaveLength(MOST_CONSUMERS - 1);
});

/** A Redis that has somebody else act between a command and the next one. */
const interrupted = (client: RedisClient, command: string, act: () => Promise<unknown>): RedisClient => {
  let isActing = false;
  return new Proxy(client, {
    get: (_, name) => {
      const method: unknown = Reflect.get(client, name);
      if (typeof method !== 'function') return method;
      if (name !== command) return method.bind(client);
      return async (...values: unknown[]) => {
        const answer: unknown = await method.apply(client, values);
        if (!isActing) {
          isActing = true;
          await act();
        }
        return answer;
      };
    },
  });
};

describe('a consumer that somebody makes', () => {
  const stage = async () => {
    const { client, keys } = redisUnderTest();
    const other = new RedisConsumers(client, keys);
    for (let i = 0; i < MOST_CONSUMERS; i++) await other.put('alice', `${i}`, ['x'], '');
    const make = async (): Promise<void> => {
      await other.remove('alice', '0');
      expect(await other.put('alice', 'more', ['x'], '')).toBe(true);
    };
    const isKnown = async (): Promise<void> => {
      expect(await other.round(2 * MOST_CONSUMERS)).toContainEqual({ user: 'alice', name: 'more' });
      expect((await other.all('alice')).map(({ name }) => name)).toContain('more');
    };
    return { client, keys, other, make, isKnown };
  };

  it('[Q-11] is looked at, though another of its name is refused just then', async () => {
    const { client, keys, make, isKnown } = await stage();
    const consumers = new RedisConsumers(interrupted(client, 'appoint', make), keys);
    expect(await consumers.put('alice', 'more', ['x'], '')).toBe(false);
    await isKnown();
  });

  it('[Q-1] [Q-11] is looked at and listed, though another of its name is removed just then', async () => {
    const { client, keys, make, isKnown } = await stage();
    const consumers = new RedisConsumers(interrupted(client, 'dismiss', make), keys);
    await consumers.remove('alice', 'more');
    await isKnown();
  });

  it('[Q-11] is looked at, though it was found gone just then', async () => {
    const { client, keys, other, make, isKnown } = await stage();
    await other.remove('alice', '1');
    await other.put('alice', 'more', ['x'], '');
    await client.unlink(keys.consumer('alice', 'more'));
    const consumers = new RedisConsumers(interrupted(client, 'exists', make), keys);
    await consumers.round(2 * MOST_CONSUMERS);
    await isKnown();
  });
});
