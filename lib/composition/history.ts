import { history } from '../config/variables.ts';
import { config } from '../config.ts';
import type { Announced } from '../ports/backlog.ts';
import { RedisHistory } from '../redis/history.ts';
import { systemClock } from '../sync/clock.ts';
import { meteredHistory } from '../telemetry/metered.ts';
import type { composeRedis } from './redis.ts';

type Redis = ReturnType<typeof composeRedis>;

/**
 * The history, on a connection to Redis that is there.
 *
 * @param announced - which histories back-ends are to hear, for who appends.
 */
export const composeHistory = (
  { client, keys, counters, meter }: Pick<Redis, 'client' | 'keys' | 'counters' | 'meter'>,
  announced?: Announced,
) => {
  const settings = { ...config(history), ...(announced === undefined ? {} : { announced }) };
  const events = new RedisHistory(client, keys, settings, meter, systemClock);
  return meteredHistory(events, counters, meter);
};
