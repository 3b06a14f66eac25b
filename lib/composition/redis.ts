import { config } from '../config.ts';
import { connectRedis } from '../redis/client.ts';
import { RedisConnections } from '../redis/connections.ts';
import { RedisCursors } from '../redis/cursors.ts';
import { RedisHistory } from '../redis/history.ts';
import { keysUnder } from '../redis/keys.ts';
import { RedisLeftovers } from '../redis/leftovers.ts';
import { RedisRateLimiter } from '../redis/rate-limiter.ts';
import { RedisSessions } from '../redis/sessions.ts';
import { RedisSubscriptions } from '../redis/subscriptions.ts';
import { RedisTickets } from '../redis/tickets.ts';
import { logConnectionError, logger } from '../telemetry/logger.ts';

const onFallback = (error: unknown): void =>
  logger.warn('Limits are counted in this process alone', {
    reason: error instanceof Error ? error.message : 'unknown',
  });

/**
 * Opens a connection to Redis and puts the adapters on it. Once per function, not once per process: on a laptop
 * functions share a process, and a fan-out’s long pipelines must not hold up a handler’s short ones.
 */
export const composeRedis = () => {
  const { redis, history, rateLimits } = config();
  const client = connectRedis(redis, logConnectionError('redis'));
  const keys = keysUnder(redis.keyPrefix);
  return {
    client,
    connections: new RedisConnections(client, keys),
    subscriptions: new RedisSubscriptions(client, keys),
    history: new RedisHistory(client, keys, history),
    cursors: new RedisCursors(client, keys),
    leftovers: new RedisLeftovers(client, keys),
    tickets: new RedisTickets(client, keys),
    sessions: new RedisSessions(client, keys),
    limiter: new RedisRateLimiter(client, keys, rateLimits, onFallback),
  };
};
