import { connect } from 'amqplib';
import { topologyOf } from '../../lib/rabbitmq/topology.ts';
import { ownBroker } from '../own-broker.ts';

/** Removes what a packaged stage declared of its generation: other tests use the same broker. */
export const removeQueues = async (generation: number): Promise<void> => {
  const { exchange, shards } = topologyOf({ shards: 4, generation });
  const connection = await connect(ownBroker());
  const channel = await connection.createChannel();
  for (const queue of shards) await channel.deleteQueue(queue);
  await channel.deleteExchange(exchange);
  await connection.close();
};
