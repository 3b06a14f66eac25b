import { RedisServiceEvents } from '../redis/service-events.ts';
import type { composeRedis } from './redis.ts';

type Redis = ReturnType<typeof composeRedis>;

/** What is to be told of the service, on a connection to Redis that is there. */
export const composeServiceEvents = ({ client, keys }: Pick<Redis, 'client' | 'keys'>): RedisServiceEvents =>
  new RedisServiceEvents(client, keys);
