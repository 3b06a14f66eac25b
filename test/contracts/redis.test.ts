import { afterAll, inject } from 'vitest';
import { connectRedis } from '../../lib/redis/client.ts';
import { keysOf } from '../integration/redis.ts';
import { answerAlike } from './alike.ts';
import { besideMemory, type Empty, REAL_TIME, redisStore } from './redis-store.ts';
import { storeContracts } from './store-contracts.ts';

const client = connectRedis({ url: inject('redisUrl'), cluster: false }, () => undefined);
afterAll(() => client.disconnect());

const empty: Empty = async (prefix) => {
  const mine = await keysOf(client, prefix);
  if (mine.length > 0) await client.del(...mine);
};

storeContracts({ name: 'Redis', isRealTime: REAL_TIME, open: () => redisStore(client, empty) });

answerAlike({ name: 'memory and Redis', open: async () => besideMemory(client, empty) });
