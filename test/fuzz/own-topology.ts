import amqp from 'amqplib';
import { SECRET } from '../tokens.ts';
import { ADMIN_KEY } from './requests.ts';

interface Stack {
  readonly redisUrl: string;
  readonly rabbitmqUrl: string;
  readonly prefix: string;
  /** Of the queues of this run alone. */
  readonly generation: number;
}

/** Tells functions where they are, before they are loaded: they read it once. */
export const tellFunctions = ({ redisUrl, rabbitmqUrl, prefix, generation }: Stack): void => {
  Object.assign(process.env, {
    REDIS_URL: redisUrl,
    REDIS_KEY_PREFIX: prefix,
    RABBITMQ_URL: rabbitmqUrl,
    RABBITMQ_SHARDS: '1',
    RABBITMQ_GENERATION: String(generation),
    WS_ENDPOINT: 'http://127.0.0.1:1',
    AUTH_MODE: 'jwt',
    AUTH_JWT_SECRET: SECRET,
    ADMIN_KEY,
    RATE_LIMIT_ENABLED: 'false',
    FANOUT_WINDOW_MS: '0',
    LOG_LEVEL: 'silent',
  });
};

/** Names and deletes what stands in the broker for one run alone. */
export const ownTopology = async (
  { rabbitmqUrl, generation }: Pick<Stack, 'rabbitmqUrl' | 'generation'>,
  step: 'declare' | 'delete',
): Promise<void> => {
  const { declareTopology, topologyOf } = await import('../../lib/rabbitmq/topology.ts');
  const topology = topologyOf({ shards: 1, generation });
  const connection = await amqp.connect(rabbitmqUrl);
  const channel = await connection.createChannel();
  if (step === 'declare') await declareTopology(channel, topology);
  else {
    for (const queue of topology.shards) await channel.deleteQueue(queue);
    await channel.deleteExchange(topology.exchange);
  }
  await connection.close();
};
