import { randomUUID } from 'node:crypto';
import amqp, { type Channel, type ChannelModel } from 'amqplib';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { Overloaded } from '../../lib/ports/dependency.ts';
import { parseChannel } from '../../lib/protocol/channel.ts';
import { RabbitMqBus } from '../../lib/rabbitmq/bus.ts';
import { Publisher } from '../../lib/rabbitmq/publisher.ts';
import { declareTopology, type Topology, topologyOf } from '../../lib/rabbitmq/topology.ts';

const CAPACITY = 50;

let model: ChannelModel;
let channel: Channel;
let topology: Topology;
let publisher: Publisher;

beforeEach(async () => {
  const url = inject('rabbitmqUrl');
  model = await amqp.connect(url);
  channel = await model.createChannel();
  topology = topologyOf({ shards: 1, capacity: CAPACITY }, `full-${randomUUID()}-`);
  await declareTopology(channel, topology);
  publisher = new Publisher(url, () => undefined);
});

afterEach(async () => {
  await publisher.end();
  for (const name of [topology.parked, topology.connections, ...topology.shards]) await channel.deleteQueue(name);
  await channel.deleteExchange(topology.exchange);
  await model.close();
});

it('[B-8] a full queue takes no more, keeps what it took, and takes again once there is room', async () => {
  const bus = new RabbitMqBus(publisher, topology);
  const publish = (id: string) =>
    bus.publish({ id, channel: parseChannel('a'), category: 'a', priority: 'normal', data: 'null', userId: 'bob' });
  let taken = 0;
  const full = await (async () => {
    for (; taken < 10 * CAPACITY; taken++) {
      try {
        await publish(`${taken}`);
      } catch (error) {
        return error;
      }
    }
    return undefined;
  })();
  expect(full).toBeInstanceOf(Overloaded);
  // The broker notices a little late.
  expect(taken).toBeGreaterThanOrEqual(CAPACITY);
  expect(taken).toBeLessThan(2 * CAPACITY);

  const [queue] = topology.shards as [string];
  const ids: string[] = [];
  await channel.consume(queue, (message) => {
    if (message === null) return;
    ids.push(message.properties.messageId);
    channel.ack(message);
  });
  await expect.poll(() => ids).toEqual(Array.from({ length: taken }, (_, n) => `${n}`));
  await expect.poll(() => publish('again').then(() => 'taken', String)).toBe('taken');
});
