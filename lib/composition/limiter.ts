import { serviceEvents } from '../config/variables.ts';
import { config } from '../config.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';
import { RedisRateLimiter } from '../redis/rate-limiter.ts';
import { systemClock } from '../sync/clock.ts';
import { tellingLimiter } from '../sync/telling-limiter.ts';
import { logFailure, logger } from '../telemetry/logger.ts';
import { limitsOf } from './limits.ts';
import type { composeRedis } from './redis.ts';
import { composeServiceEvents } from './service-events.ts';

type Redis = ReturnType<typeof composeRedis>;

/** What counts messages against limits, on a connection to Redis that is there. */
export const composeLimiter = ({ client, keys, meter }: Pick<Redis, 'client' | 'keys' | 'meter'>): RateLimiter => {
  const limiter = new RedisRateLimiter(client, keys, limitsOf(), (error) => {
    meter.count('rate_limit_fallbacks', {});
    logger.warn('A message was counted by this process alone', { reason: (error as Error).message });
  });
  if (!config(serviceEvents).told.includes('limits')) return limiter;
  const onFailure = logFailure('That a limit was reached could not be told');
  return tellingLimiter(limiter, composeServiceEvents({ client, keys }), systemClock, onFailure);
};
