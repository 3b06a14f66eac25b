import { history } from '../config/variables.ts';
import { config } from '../config.ts';
import { RedisPostings } from '../redis/postings.ts';
import { systemClock } from '../sync/clock.ts';
import { meteredPostings } from '../telemetry/metered.ts';
import type { composeRedis } from './redis.ts';

type Redis = ReturnType<typeof composeRedis>;

/** What the shards are posting, on a connection to Redis that is there. */
export const composePostings = ({ client, keys, meter }: Pick<Redis, 'client' | 'keys' | 'meter'>): RedisPostings =>
  meteredPostings(new RedisPostings(client, keys, config(history).retention, systemClock), meter);
