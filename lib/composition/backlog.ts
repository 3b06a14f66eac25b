import { history } from '../config/variables.ts';
import { config } from '../config.ts';
import { RedisBacklog } from '../redis/backlog.ts';
import { systemClock } from '../sync/clock.ts';
import { meteredBacklog } from '../telemetry/metered.ts';
import type { composeRedis } from './redis.ts';

type Redis = ReturnType<typeof composeRedis>;

/** What is to be announced to back-ends, on a connection to Redis that is there. */
export const composeBacklog = ({ client, keys, counters }: Pick<Redis, 'client' | 'keys' | 'counters'>): RedisBacklog =>
  meteredBacklog(new RedisBacklog(client, keys, config(history).retention, systemClock), counters);
