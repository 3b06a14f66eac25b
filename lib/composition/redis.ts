import { config } from '../config.ts';
import { connectRedis } from '../redis/client.ts';
import { RedisConnections } from '../redis/connections.ts';
import { RedisCursors } from '../redis/cursors.ts';
import { RedisHistory } from '../redis/history.ts';
import { keysUnder } from '../redis/keys.ts';
import { RedisLeftovers } from '../redis/leftovers.ts';
import { RedisSubscriptions } from '../redis/subscriptions.ts';
import { logConnectionError } from '../telemetry/logger.ts';

/**
 * Opens a connection to Redis and puts the adapters on it. Once per function, not once per process: on a laptop
 * functions share a process, and a fan-out’s long pipelines must not hold up a handler’s short ones.
 */
export const composeRedis = () => {
  const { redis, history } = config();
  const client = connectRedis(redis, logConnectionError('redis'));
  const keys = keysUnder(redis.keyPrefix);
  return {
    client,
    connections: new RedisConnections(client, keys),
    subscriptions: new RedisSubscriptions(client, keys),
    history: new RedisHistory(client, keys, history),
    cursors: new RedisCursors(client, keys),
    leftovers: new RedisLeftovers(client, keys),
  };
};
