import amqp from 'amqplib';
import type { Topology } from './topology.ts';

/**
 * Resolves where every queue that must be consumed exists and is.
 *
 * @param timeout - milliseconds to connect.
 * @throws Error naming the queues without a consumer, or the failure to ask.
 */
export const assertConsumed = async (url: string, topology: Topology, timeout: number): Promise<void> => {
  const connection = await amqp.connect(url, { timeout });
  // Asked for over a connection of its own: a queue that is missing closes the channel it was asked on.
  connection.on('error', () => undefined);
  try {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    const idle: string[] = [];
    for (const queue of [...topology.shards, topology.connections]) {
      const { consumerCount } = await channel.checkQueue(queue);
      if (consumerCount === 0) idle.push(queue);
    }
    if (idle.length > 0) throw new Error(`nothing consumes ${idle.join(', ')}`);
  } finally {
    await connection.close().catch(() => undefined);
  }
};
