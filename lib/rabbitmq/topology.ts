import type { Channel } from 'amqplib';

/** The exchange everyone publishes to: consistent hash of the header `channel`. */
const EXCHANGE = 'events';

/** The exchanges from which back-ends hear what the histories take: events for everyone, and private ones. */
const APPENDED = 'appended';

/** Messages a queue holds where nothing else is said; beyond it the broker takes no more, and the publisher is told. */
const CAPACITY = 200_000;

/**
 * A last guard only: every batch that comes back while a dependency is away counts against it, so a low limit would
 * kill healthy messages.
 */
const DELIVERY_LIMIT = 100_000;

/** Names of what stands in the broker. */
export interface Topology {
  readonly exchange: string;
  /** One queue per shard; a channel’s events all go to one of them. */
  readonly shards: readonly string[];
  /** Requests for a `connection` message. */
  readonly connections: string;
  /** Messages that can never be processed, with the reason. */
  readonly parked: string;
  /** The topic exchange from which back-ends hear events. */
  readonly appended: string;
  /** That of private events. */
  readonly appendedPrivately: string;
  /** Messages each shard holds at most. */
  readonly capacity: number;
  /** Whether the broker hands a shard to one consumer at a time. */
  readonly singleActiveConsumer: boolean;
}

export interface Sharding {
  /** How many queues share the channels. */
  readonly shards: number;
  /**
   * Counts the numbers of shards there have been, from 1. Another number of queues on the same exchange would move
   * channels from shard to shard; so it is a new exchange with queues of its own.
   */
  readonly generation?: number;
  /** Messages each shard holds at most. Queues that exist keep what they were declared with: another is a new generation. */
  readonly capacity?: number;
  /** Whether the broker hands a shard to one consumer at a time. The same holds of it as of the capacity. */
  readonly singleActiveConsumer?: boolean;
}

/**
 * The names for a number of shards.
 *
 * @param prefix - put before every name, for tests that share a broker.
 */
export const topologyOf = (
  { shards, generation = 1, capacity = CAPACITY, singleActiveConsumer = true }: Sharding,
  prefix = '',
): Topology => {
  const exchange = `${prefix}${EXCHANGE}${generation === 1 ? '' : `-${generation}`}`;
  return {
    exchange,
    shards: Array.from({ length: shards }, (_, shard) => `${exchange}.${shard}`),
    connections: `${prefix}connections`,
    parked: `${prefix}${EXCHANGE}.parked`,
    appended: `${prefix}${APPENDED}`,
    appendedPrivately: `${prefix}${APPENDED}.private`,
    capacity,
    singleActiveConsumer,
  };
};

/**
 * Declares exchange, queues and bindings. Safe to run again, at any time, from several places at once; it only ever
 * adds. In particular it never unbinds: on a consistent-hash exchange that would move channels from shard to shard and
 * break their order.
 *
 * @throws where the broker lacks the plugin `rabbitmq_consistent_hash_exchange`, or holds one of the names with other
 *   settings.
 */
export const declareTopology = async (channel: Channel, topology: Topology): Promise<void> => {
  const quorum = { 'x-queue-type': 'quorum' };
  await channel.assertQueue(topology.parked, { durable: true, arguments: quorum });

  const deadLetter = {
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': topology.parked,
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
    'x-delivery-limit': DELIVERY_LIMIT,
  };
  await channel.assertQueue(topology.connections, {
    durable: true,
    arguments: { ...quorum, ...deadLetter, 'x-max-length': CAPACITY },
  });

  // They are there whether anything is published to them or not: a back-end may bind its queue first.
  for (const exchange of [topology.appended, topology.appendedPrivately]) {
    await channel.assertExchange(exchange, 'topic', { durable: true });
  }
  await channel.assertExchange(topology.exchange, 'x-consistent-hash', {
    durable: true,
    arguments: { 'hash-header': 'channel' },
  });
  const single = topology.singleActiveConsumer ? { 'x-single-active-consumer': true } : {};
  for (const shard of topology.shards) {
    await channel.assertQueue(shard, {
      durable: true,
      arguments: { ...quorum, ...deadLetter, ...single, 'x-max-length': topology.capacity },
    });
    // The routing key is the queue’s weight on the hash ring.
    await channel.bindQueue(shard, topology.exchange, '1');
  }
};
