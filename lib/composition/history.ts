import { history } from '../config/variables.ts';
import { config } from '../config.ts';
import { RedisHistory } from '../redis/history.ts';
import { systemClock } from '../sync/clock.ts';
import { riding, timed } from '../telemetry/metered.ts';
import type { composeRedis } from './redis.ts';

type Redis = ReturnType<typeof composeRedis>;

/** The history, on a connection to Redis that is there. */
export const composeHistory = ({
  client,
  keys,
  counters,
  meter,
}: Pick<Redis, 'client' | 'keys' | 'counters' | 'meter'>) => {
  const events = new RedisHistory(client, keys, config(history), meter, systemClock);
  return timed(riding(events, counters, ['append', 'positions', 'read']), 'append', 'append', meter);
};
