import { redis, serviceEvents } from '../config/variables.ts';
import { config } from '../config.ts';
import { partOf } from '../ports/rotating.ts';
import { connectRedis } from '../redis/client.ts';
import { RedisConsumers } from '../redis/consumers.ts';
import { RedisCounters } from '../redis/counters.ts';
import { RedisDirectory } from '../redis/directory.ts';
import { keysUnder } from '../redis/keys.ts';
import { RedisLeases } from '../redis/leases.ts';
import { RedisScratch } from '../redis/scratch.ts';
import { RedisSubscriptions } from '../redis/subscriptions.ts';
import { logConnectionError } from '../telemetry/logger.ts';
import { meteredDirectory, meteredSubscriptions } from '../telemetry/metered.ts';
import { atEnd } from './at-end.ts';
import { kept } from './secrets.ts';
import { composeMeter } from './telemetry.ts';

/**
 * Opens a connection to Redis and puts the adapters on it. Once per function, not once per process: on a laptop
 * functions share a process, and a fan-out’s long pipelines must not hold up a handler’s short ones.
 */
export const composeRedis = () => {
  const settings = kept(redis);
  const { cluster, keyPrefix } = settings.latest;
  const told = new Set(config(serviceEvents).told);
  const client = connectRedis({ url: partOf(settings, ({ url }) => url), cluster }, logConnectionError('redis'));
  const keys = keysUnder(keyPrefix);
  const counters = new RedisCounters(client, keys);
  const meter = composeMeter(counters);
  atEnd(async () => {
    await counters.flush();
    await client.quit();
  });
  return {
    client,
    keys,
    counters,
    meter,
    directory: meteredDirectory(new RedisDirectory(client, keys, meter, told), counters),
    subscriptions: meteredSubscriptions(new RedisSubscriptions(client, keys, told), counters),
    scratch: new RedisScratch(client, keys),
    consumers: new RedisConsumers(client, keys),
    leases: new RedisLeases(client, keys),
  };
};
