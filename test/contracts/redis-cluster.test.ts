import { afterAll, beforeAll, describe } from 'vitest';
import { connectRedis, type RedisClient } from '../../lib/redis/client.ts';
import { keysUnder } from '../../lib/redis/keys.ts';
import { RedisRateLimiter } from '../../lib/redis/rate-limiter.ts';
import { hasRedis, type RedisCluster, startRedisCluster } from '../integration/redis-cluster.ts';
import { LIMITS } from './rate-limiter.contract.ts';
import { REAL_TIME, redisStore } from './redis-store.ts';
import { storeContracts } from './store-contracts.ts';

describe.skipIf(!hasRedis)('a cluster of two masters, with TLS and a password', () => {
  let cluster: RedisCluster;
  let client: RedisClient;

  beforeAll(async () => {
    cluster = await startRedisCluster();
    client = connectRedis({ url: cluster.url, cluster: true }, () => undefined);
    // A limiter defines its step when it is made, as the service makes it: before the first command. Commands that wait for
    // others of their node were begun without it, and would wait for ever.
    new RedisRateLimiter(client, keysUnder(''), LIMITS, () => undefined);
  });
  afterAll(async () => {
    client?.disconnect();
    await cluster?.stop();
  });

  // The cluster goes with the tests; nothing need be emptied.
  storeContracts({
    name: 'Redis Cluster',
    isRealTime: REAL_TIME,
    open: () => redisStore(client, async () => undefined),
  });
});
