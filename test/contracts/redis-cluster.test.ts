import { afterAll, beforeAll, describe } from 'vitest';
import { connectRedis, type RedisClient } from '../../lib/redis/client.ts';
import { hasRedis, type RedisCluster, startRedisCluster } from '../integration/redis-cluster.ts';
import { REAL_TIME, redisStore } from './redis-store.ts';
import { storeContracts } from './store-contracts.ts';

describe.skipIf(!hasRedis)('a cluster of two masters, with TLS and a password', () => {
  let cluster: RedisCluster;
  let client: RedisClient;

  beforeAll(async () => {
    cluster = await startRedisCluster();
    client = connectRedis({ url: cluster.url, cluster: true }, () => undefined);
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
