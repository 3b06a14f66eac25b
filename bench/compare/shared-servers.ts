import amqp from 'amqplib';
import { Redis } from 'ioredis';
import { topologyOf } from '../../lib/rabbitmq/topology.ts';
import { startServers } from '../../localstack/servers/start.ts';
import { ROOT } from '../backends.ts';
import type { Backends } from '../measure.ts';

/** A Redis and a RabbitMQ that revisions use in turn: of two of either, one might be the faster. */
export interface SharedServers extends Backends {
  /** Takes away what a run left in them. */
  empty(): Promise<void>;
  stop(): Promise<void>;
}

/** The queues go with what is bound to them: revisions may declare them with different settings. */
const emptyBroker = async (url: string): Promise<void> => {
  const broker = await amqp.connect(url);
  const channel = await broker.createChannel();
  const { exchange, shards, connections, parked } = topologyOf({ shards: 4 });
  await channel.deleteExchange(exchange);
  for (const queue of [...shards, connections, parked]) await channel.deleteQueue(queue);
  await broker.close();
};

const emptyRedis = async (url: string): Promise<void> => {
  const redis = new Redis(url);
  await redis.flushall();
  redis.disconnect();
};

/**
 * Starts them. Those of a run that was killed are ended, where they did not end by themselves.
 *
 * @param directory - holds their data.
 */
export const startSharedServers = async (directory: string, report: (line: string) => void): Promise<SharedServers> => {
  const servers = await startServers({ root: ROOT, directory, environment: {}, report, disposable: 'bench' });
  const { redisUrl, rabbitmqUrl } = servers;
  return {
    redisUrl,
    rabbitmqUrl,
    empty: async () => {
      await emptyRedis(redisUrl);
      await emptyBroker(rabbitmqUrl);
    },
    stop: () => servers.stop(),
  };
};
