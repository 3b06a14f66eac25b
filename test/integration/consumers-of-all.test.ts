import { expect, it } from 'vitest';
import { MOST_CONSUMERS } from '../../lib/ports/consumers.ts';
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
