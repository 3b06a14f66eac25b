import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Fault, Stack } from './fault.ts';
import { portOf, TcpProxy } from './tcp-proxy.ts';

const PATIENCE = 30_000;

const ask = async <T>(url: string, act: (client: Redis) => Promise<T>): Promise<T> => {
  const client = new Redis(url);
  client.on('error', () => undefined);
  try {
    return await act(client);
  } finally {
    client.disconnect();
  }
};

/** Makes a Redis the replica of that at a port, for as long as it runs. */
export const replicate = async (url: string, of: number): Promise<void> => {
  await ask(url, (client) => client.call('REPLICAOF', '127.0.0.1', String(of)));
};

/** Waits until a Redis says so of its part in the replication. */
const until = async (url: string, saying: 'master_link_status:up' | 'role:master'): Promise<void> => {
  const end = Date.now() + PATIENCE;
  while (!(await ask(url, (client) => client.info('replication'))).includes(saying)) {
    if (Date.now() > end) throw new Error(`The replica never says ${saying}`);
    await pause(50);
  }
};

/** Makes the replica the one in use, as a name that comes to mean another server. */
const promote = async (stack: Stack, url: string, replica: Stack['redis']): Promise<void> => {
  await ask(url, (client) => client.call('REPLICAOF', 'NO', 'ONE'));
  stack.redisProxy.aim(portOf(replica.url));
  stack.redisProxy.cut();
  stack.redis = replica;
};

/** A replica takes the place of Redis. */
export const FAILOVER: readonly Fault[] = [
  {
    name: 'redis failed over, in step',
    inject: async (stack) => {
      const { redis } = stack;
      const replica = await stack.startReplica(portOf(redis.url));
      await until(replica.url, 'master_link_status:up');
      // Redis holds its writers until the replica has everything, and then is a replica itself: READONLY.
      await ask(redis.url, (client) => client.call('FAILOVER', 'TIMEOUT', '10000'));
      await until(replica.url, 'role:master');
      await pause(500);
      stack.redisProxy.aim(portOf(replica.url));
      stack.redisProxy.cut();
      stack.redis = replica;
      await redis.stop();
    },
  },
  {
    name: 'redis failed over, lagging',
    // What the replica never had is lost to the history; those who listen are told.
    promises: { historyMayLose: true },
    inject: async (stack, _, random) => {
      const { redis } = stack;
      const link = await TcpProxy.start(portOf(redis.url));
      const replica = await stack.startReplica(link.port);
      await until(replica.url, 'master_link_status:up');
      link.stall();
      await pause(300 + random() * 700);
      await redis.kill();
      await promote(stack, replica.url, replica);
      await link.stop();
    },
  },
];
