import { randomUUID } from 'node:crypto';
import amqp from 'amqplib';
import { inject, onTestFinished } from 'vitest';
import { userIn } from '../../lib/rabbitmq/address.ts';
import { RabbitMqAnnouncer } from '../../lib/rabbitmq/announcer.ts';
import { RabbitMqBus } from '../../lib/rabbitmq/bus.ts';
import { incomingOf, welcomeOf } from '../../lib/rabbitmq/incoming.ts';
import { type Delivery, deliveriesOf } from '../../lib/rabbitmq/lambda-event.ts';
import { ParkedQueue } from '../../lib/rabbitmq/parked.ts';
import { Publisher } from '../../lib/rabbitmq/publisher.ts';
import { declareTopology, type Topology, topologyOf } from '../../lib/rabbitmq/topology.ts';
import type { RabbitMqEvent } from '../../localstack/plugins/event-source/event.ts';
import { EventSourceMapping } from '../../localstack/plugins/event-source/mapping.ts';
import { takeFrom } from '../bound-queue.ts';
import { announcerContract } from './announcer.contract.ts';
import { busContract } from './bus.contract.ts';

const MAX_BYTES = 2 ** 20;
/** Milliseconds for which a batch may fill. */
const WINDOW = 100;

const SILENT = { error: () => {}, warning: () => {}, notice: () => {}, debug: () => {} };

/** One batch of a queue, by the event source mapping, which leaves when the batch is settled. */
const take = async <T>(url: string, queue: string, most: number, read: (delivery: Delivery) => T) => {
  const taken = Promise.withResolvers<RabbitMqEvent>();
  const settled = Promise.withResolvers<void>();
  let isTaken = false;
  const settings = { url, queue, batchSize: most, window: WINDOW, functionName: 'test', virtualHost: '/', arn: 'arn' };
  const mapping = new EventSourceMapping(
    settings,
    async (event) => {
      if (isTaken) throw new Error('the consumer is leaving');
      isTaken = true;
      taken.resolve(event);
      await settled.promise;
    },
    SILENT,
  );
  mapping.start();
  onTestFinished(() => mapping.stop(0));
  const event = await taken.promise;
  const leave = async (): Promise<void> => mapping.stop();
  return {
    messages: deliveriesOf(event).map(read),
    done: async () => {
      const left = leave();
      settled.resolve();
      await left;
    },
    back: async () => {
      const left = leave();
      settled.reject(new Error('the batch goes back'));
      await left;
    },
  };
};

const exchangesOf = ({ exchange, appended, appendedPrivately }: Topology) => [exchange, appended, appendedPrivately];

busContract({
  name: 'RabbitMQ',
  // As many as it takes until word of the full queue has gone round.
  slack: 20,
  open: async ({ shards, capacity }) => {
    const url = inject('rabbitmqUrl');
    const topology = topologyOf(
      { shards, ...(capacity === undefined ? {} : { capacity }) },
      `contract-${randomUUID()}-`,
    );
    const model = await amqp.connect(url);
    const channel = await model.createChannel();
    await declareTopology(channel, topology);
    const publisher = new Publisher(url, () => undefined);
    onTestFinished(async () => {
      await publisher.end();
      for (const name of [topology.parked, topology.connections, ...topology.shards]) await channel.deleteQueue(name);
      for (const name of exchangesOf(topology)) await channel.deleteExchange(name);
      await model.close();
    });
    const bus = new RabbitMqBus(publisher, topology, undefined, () => userIn(url));
    const queue = (shard: number) => topology.shards[shard] as string;
    return {
      bus,
      parking: bus,
      take: (shard, most) =>
        take(url, queue(shard), most, (delivery) => ({
          ...incomingOf(delivery, MAX_BYTES),
          redelivered: delivery.redelivered,
        })),
      greetings: (most) =>
        take(url, topology.connections, most, (delivery) => {
          const greeted = welcomeOf(delivery);
          if (greeted === undefined) throw new Error('no greeting');
          return greeted;
        }),
      depth: async (shard) => (await channel.checkQueue(queue(shard))).messageCount,
      parked: async () => {
        const parked = await ParkedQueue.open(url, topology.parked);
        try {
          const listed = await parked.list(100);
          return listed.map(({ reason, body, headers, messageId, queue: from = '' }) => {
            return { reason, body, headers, messageId, queue: from };
          });
        } finally {
          await parked.close();
        }
      },
    };
  },
});

announcerContract({
  name: 'RabbitMQ',
  slack: 20,
  open: async () => {
    const url = inject('rabbitmqUrl');
    const prefix = `contract-${randomUUID()}-`;
    const topology = topologyOf({ shards: 1 }, prefix);
    const model = await amqp.connect(url);
    const channel = await model.createChannel();
    await declareTopology(channel, topology);
    const publisher = new Publisher(url, () => undefined);
    const queues: string[] = [];
    onTestFinished(async () => {
      await publisher.end();
      for (const name of [...queues, topology.parked, topology.connections, ...topology.shards])
        await channel.deleteQueue(name);
      for (const name of exchangesOf(topology)) await channel.deleteExchange(name);
      await model.close();
    });
    return {
      announcer: new RabbitMqAnnouncer(publisher, topology),
      bind: async (pattern, { private: isPrivate = false, capacity } = {}) => {
        const queue = `${prefix}heard-${queues.length}`;
        queues.push(queue);
        const limit = capacity === undefined ? {} : { 'x-max-length': capacity, 'x-overflow': 'reject-publish' };
        await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum', ...limit } });
        await channel.bindQueue(queue, isPrivate ? topology.appendedPrivately : topology.appended, pattern);
        return { take: (count) => takeFrom(channel, queue, count) };
      },
    };
  },
});
