import { config } from '../config.ts';
import { RedisAssembly } from '../redis/assembly.ts';
import { connectRedis } from '../redis/client.ts';
import { RedisConnections } from '../redis/connections.ts';
import { RedisCounters } from '../redis/counters.ts';
import { RedisCursors } from '../redis/cursors.ts';
import { RedisHistory } from '../redis/history.ts';
import { keysUnder } from '../redis/keys.ts';
import { RedisLeftovers } from '../redis/leftovers.ts';
import { RedisRateLimiter } from '../redis/rate-limiter.ts';
import { RedisSessions } from '../redis/sessions.ts';
import { RedisSubscriptions } from '../redis/subscriptions.ts';
import { RedisTickets } from '../redis/tickets.ts';
import { systemClock } from '../sync/clock.ts';
import { logConnectionError, logger } from '../telemetry/logger.ts';
import { riding, timed } from '../telemetry/metered.ts';
import { atEnd } from './at-end.ts';
import { composeMeter } from './telemetry.ts';

/**
 * Opens a connection to Redis and puts the adapters on it. Once per function, not once per process: on a laptop
 * functions share a process, and a fan-out’s long pipelines must not hold up a handler’s short ones.
 */
export const composeRedis = () => {
  const { redis, history, rateLimits } = config();
  const client = connectRedis(redis, logConnectionError('redis'));
  const keys = keysUnder(redis.keyPrefix);
  const counters = new RedisCounters(client, keys);
  const meter = composeMeter(counters);
  atEnd(async () => {
    await counters.flush();
    await client.quit();
  });
  const events = new RedisHistory(client, keys, history, meter, systemClock);
  const onFallback = (error: unknown): void => {
    meter.count('rate_limit_fallbacks', {});
    logger.warn('A message was counted by this process alone', { reason: (error as Error).message });
  };
  return {
    client,
    counters,
    meter,
    connections: riding(new RedisConnections(client, keys, meter), counters, ['open', 'close']),
    subscriptions: riding(new RedisSubscriptions(client, keys), counters, ['add', 'remove', 'changes']),
    history: timed(riding(events, counters, ['append', 'positions', 'read']), 'append', 'append', meter),
    cursors: new RedisCursors(client, keys),
    leftovers: new RedisLeftovers(client, keys),
    assembly: new RedisAssembly(client, keys),
    tickets: new RedisTickets(client, keys),
    sessions: riding(new RedisSessions(client, keys), counters, ['find']),
    limiter: new RedisRateLimiter(client, keys, rateLimits, onFallback),
  };
};
