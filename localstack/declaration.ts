import { setTimeout as delay } from 'node:timers/promises';
import type { ChannelModel } from 'amqplib';
import type { Config } from '../lib/config.ts';
import { connectTo } from '../lib/rabbitmq/connect.ts';
import { declareAt } from '../lib/rabbitmq/declare.ts';
import { type Topology, topologyOf } from '../lib/rabbitmq/topology.ts';

/** What is declared cannot be, and trying again would not help. The message says what to do. */
class DeclarationError extends Error {
  override readonly name = 'DeclarationError';
}

const PLUGIN = 'rabbitmq_consistent_hash_exchange';

/** Milliseconds within which another instance has declared all its queues. */
const DECLARING = 3_000;

type Broker = Config['rabbitmq'];

/** @returns the causes a start can meet, by what the broker says of them; undefined for any other. */
const causeOf = (said: string, { generation }: Broker): string | undefined => {
  if (/unknown exchange type/.test(said)) {
    return `RabbitMQ lacks its plugin ${PLUGIN}. Run: rabbitmq-plugins enable ${PLUGIN}`;
  }
  if (/ACCESS.REFUSED/.test(said)) {
    return "The user of RABBITMQ_URL may not declare exchanges and queues. Run: rabbitmqctl set_permissions USER '.*' '.*' '.*' (-p for another virtual host)";
  }
  if (/PRECONDITION.FAILED/.test(said)) {
    return `The queues there were declared with other settings. Set RABBITMQ_SHARD_CAPACITY back, or RABBITMQ_GENERATION=${generation + 1} for new ones`;
  }
  return undefined;
};

/** Asks on a channel of its own: a queue that is not there closes it. */
const hasQueue = async (connection: ChannelModel, name: string): Promise<boolean> => {
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  try {
    await channel.checkQueue(name);
    await channel.close();
    return true;
  } catch (error) {
    if (/NOT.FOUND/.test((error as Error).message)) return false;
    throw error;
  }
};

/**
 * Whether the exchange has as many queues as there are to be, or none yet. One that is no longer consumed would keep its
 * share of the channels, and one more would take channels from the others.
 */
const isOfThisNumber = async (connection: ChannelModel, { exchange, shards }: Topology): Promise<boolean> => {
  const [first = '', last = first] = [shards.at(0), shards.at(-1)];
  if (!(await hasQueue(connection, first))) return true;
  // Another instance may be about to declare them, one after the other.
  if (!(await hasQueue(connection, last))) await delay(DECLARING);
  return (await hasQueue(connection, last)) && !(await hasQueue(connection, `${exchange}.${shards.length}`));
};

/**
 * Declares what the service needs in the broker.
 *
 * @param messageSize - bytes of a message that it is to take.
 * @returns the size it takes, where that is less.
 * @throws DeclarationError if the broker does not take it, or has it with another number of shards.
 */
export const declare = async (rabbitmq: Broker, messageSize: number): Promise<{ readonly lowerLimit?: number }> => {
  const topology = topologyOf(rabbitmq);
  try {
    const connection = await connectTo(rabbitmq.url, {});
    connection.on('error', () => {});
    const fits = await isOfThisNumber(connection, topology).finally(() => connection.close().catch(() => {}));
    if (!fits) {
      throw new DeclarationError(
        `The exchange ${topology.exchange} was made with another number of shards than RABBITMQ_SHARDS=${rabbitmq.shards}. Set it back, or RABBITMQ_GENERATION=${rabbitmq.generation + 1} for new queues`,
      );
    }
    return await declareAt(
      rabbitmq.url,
      topology,
      () => {},
      () => 0,
      messageSize,
    );
  } catch (error) {
    if (error instanceof DeclarationError) throw error;
    const said = (error as Error).message;
    const cause = causeOf(said, rabbitmq);
    throw new DeclarationError(
      cause === undefined ? `RabbitMQ refused what was declared: ${said}` : `${cause}. (${said})`,
    );
  }
};
