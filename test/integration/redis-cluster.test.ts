import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_CAPABILITIES } from '../../lib/protocol/capabilities.ts';
import { openSession } from '../../lib/protocol/session.ts';
import { connectRedis, type RedisClient } from '../../lib/redis/client.ts';
import { event } from '../unit/sync/world.ts';
import { adapters } from './redis.ts';
import { hasRedis, type RedisCluster, startRedisCluster } from './redis-cluster.ts';

describe.skipIf(!hasRedis)('Redis in cluster mode, with TLS and a password', () => {
  const errors: Error[] = [];
  let cluster: RedisCluster;
  let client: RedisClient;

  beforeAll(async () => {
    cluster = await startRedisCluster();
    client = connectRedis({ url: cluster.url, cluster: true }, (error) => void errors.push(error));
  });
  afterAll(async () => {
    client?.disconnect();
    await cluster?.stop();
  });

  it('is reached at every node, with one address', async () => {
    const values = Array.from({ length: 50 }, (_, index) => `value ${index}`);
    await Promise.all(values.map((value, index) => client.set(`test:${index}`, value)));
    expect(await Promise.all(values.map((_, index) => client.get(`test:${index}`)))).toEqual(values);
    const sizes = await Promise.all(cluster.ports.map((port) => cluster.ask(port, 'DBSIZE')));
    expect(
      sizes.every((size) => Number(size) > 0),
      'both nodes hold some',
    ).toBe(true);
    expect(errors).toEqual([]);
  });

  it('runs the steps of the adapters, each in one slot', async () => {
    const { connections, history } = adapters(client, 'test:');
    await connections.open({
      id: 'c',
      user: 'alice',
      endpoint: 'http://127.0.0.1:1',
      capabilities: NO_CAPABILITIES,
      session: openSession(0),
    });
    await connections.close('c');
    const channels = Array.from({ length: 20 }, (_, index) => `channel:${index}`);
    const recorded = await history.append(channels.map((channel) => event(channel, channel)));
    expect(recorded).toHaveLength(channels.length);
    expect(errors).toEqual([]);
  });
});
