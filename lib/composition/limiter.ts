import { rateLimits } from '../config/variables.ts';
import { config } from '../config.ts';
import { RedisRateLimiter } from '../redis/rate-limiter.ts';
import { logger } from '../telemetry/logger.ts';
import type { composeRedis } from './redis.ts';

type Redis = ReturnType<typeof composeRedis>;

/** What counts messages against limits, on a connection to Redis that is there. */
export const composeLimiter = ({ client, keys, meter }: Pick<Redis, 'client' | 'keys' | 'meter'>): RedisRateLimiter =>
  new RedisRateLimiter(client, keys, config(rateLimits), (error) => {
    meter.count('rate_limit_fallbacks', {});
    logger.warn('A message was counted by this process alone', { reason: (error as Error).message });
  });
