import { randomUUID } from 'node:crypto';
import amqp, { type ChannelModel, type ConfirmChannel } from 'amqplib';
import { afterEach, beforeEach, expect, inject, it, vi } from 'vitest';
import { RabbitMqBus } from '../../lib/rabbitmq/bus.ts';
import { type ParkedMessage, ParkedQueue } from '../../lib/rabbitmq/parked.ts';
import { Publisher } from '../../lib/rabbitmq/publisher.ts';
import { declareTopology, type Topology, topologyOf } from '../../lib/rabbitmq/topology.ts';

let model: ChannelModel;
let channel: ConfirmChannel;
let topology: Topology;
let publisher: Publisher;
let queue: ParkedQueue;

beforeEach(async () => {
  const url = inject('rabbitmqUrl');
  model = await amqp.connect(url);
  channel = await model.createConfirmChannel();
  topology = topologyOf({ shards: 1 }, `parked-${randomUUID()}-`);
  await declareTopology(channel, topology);
  publisher = new Publisher(url, () => undefined);
  queue = await ParkedQueue.open(url, topology.parked);
});

afterEach(async () => {
  await queue.close();
  await publisher.end();
  for (const name of [topology.parked, topology.connections, ...topology.shards]) await channel.deleteQueue(name);
  await channel.deleteExchange(topology.exchange);
  await model.close();
});

const park = async (...names: string[]): Promise<void> => {
  const bus = new RabbitMqBus(publisher, topology);
  for (const name of names) {
    await bus.park({
      reason: `no ${name}`,
      body: Buffer.from(name),
      headers: { channel: name },
      messageId: name,
      queue: topology.connections,
    });
  }
};

const depth = async (name: string) => (await channel.checkQueue(name)).messageCount;
const ids = async () => (await queue.list(100)).map(({ id }) => id);

it('[A-2] lists what is parked, oldest first, with reason and origin, and leaves it there', async () => {
  await park('a', 'b', 'c');
  const listed = await queue.list(2);
  expect(listed).toMatchObject([
    { reason: 'no a', queue: topology.connections, messageId: 'a', headers: { channel: 'a' }, body: Buffer.from('a') },
    { reason: 'no b' },
  ]);
  expect(listed[0]?.at).toMatch(/^\d{4}-\d\d-\d\dT/);
  expect((await queue.list(100)).map(({ reason }) => reason)).toEqual(['no a', 'no b', 'no c']);
  expect(new Set(await ids()).size).toBe(3);
});

it('[A-2] puts back what has headers that the client library reads and does not write', async () => {
  const headers = { low: { '!': 'double', value: -1e300 }, at: { '!': 'timestamp', value: 1 }, part: 1.5 };
  channel.sendToQueue(topology.parked, Buffer.from('x'), {
    headers: { ...headers, 'x-parked-queue': topology.connections },
  });
  await vi.waitFor(async () => expect(await queue.requeue(() => true)).toHaveLength(1));
  const message = await channel.get(topology.connections, { noAck: true });
  if (message === false) return expect.unreachable('nothing was put back');
  expect(message.properties.headers).toMatchObject({ low: -1e300, at: headers.at, part: 1.5 });
});

it('[A-2] [B-13] puts back a write of a publisher as one by its id alone, since later ones may be there', async () => {
  const bus = new RabbitMqBus(publisher, topology);
  const body = Buffer.from('1');
  const headers = { channel: 'a', sequence: '7 store' };
  await bus.park({ reason: 'a fault', body, headers, messageId: 'm', queue: topology.connections });
  await queue.requeue(() => true);
  const message = await channel.get(topology.connections, { noAck: true });
  if (message === false) return expect.unreachable('nothing was put back');
  expect(message.properties.headers).toEqual({ channel: 'a', 'x-delivery-count': 0 });
});

it('[A-2] puts back what is chosen, as its publisher wrote it, and leaves the others in their places', async () => {
  await park('a', 'b', 'c');
  const chosen = (await ids())[1];
  expect((await queue.requeue(({ id }) => id === chosen)).map(({ reason }) => reason)).toEqual(['no b']);
  expect((await queue.list(100)).map(({ reason }) => reason)).toEqual(['no a', 'no c']);
  const message = await channel.get(topology.connections, { noAck: true });
  if (message === false) return expect.unreachable('nothing was put back');
  expect(message.content.toString()).toBe('b');
  expect(message.properties.headers).toEqual({ channel: 'b', 'x-delivery-count': 0 });
  expect(message.properties.messageId).toBe('b');
});

it('[A-2] drops what is chosen', async () => {
  await park('a', 'b');
  const [first] = await ids();
  expect(await queue.drop(({ id }) => id === first)).toHaveLength(1);
  expect((await queue.list(100)).map(({ reason }) => reason)).toEqual(['no b']);
  expect(await queue.drop(() => true)).toHaveLength(1);
  expect(await depth(topology.parked)).toBe(0);
});

it('[O-15] looks no further than it was told, and no further than what it looked for', async () => {
  await park('a', 'b', 'c', 'd');
  const looked: string[] = [];
  const named =
    (name: string) =>
    ({ reason }: ParkedMessage) => {
      looked.push(reason);
      return reason === `no ${name}`;
    };
  expect(await queue.requeue(named('b'), { most: 1 })).toHaveLength(1);
  expect(looked.splice(0)).toEqual(['no a', 'no b']);
  expect(await queue.drop(named('d'), { most: 1, among: 2 })).toEqual([]);
  expect(looked.splice(0)).toEqual(['no a', 'no c']);
  expect(await queue.drop(named('c'), { most: 1, among: 2 })).toHaveLength(1);
  expect((await queue.list(100)).map(({ reason }) => reason)).toEqual(['no a', 'no d']);
});

it('keeps what cannot be put back', async () => {
  await publisher.publish('', topology.parked, Buffer.from('?'), {});
  expect(await queue.list(1)).toMatchObject([{ reason: 'not known', queue: undefined }]);
  await expect(queue.requeue(() => true)).rejects.toThrow('is not known');
  expect(await queue.list(10)).toHaveLength(1);
  await queue.drop(() => true);
  await park('a');
  await channel.deleteQueue(topology.connections);
  await expect(queue.requeue(() => true)).rejects.toThrow('rabbitmq is away');
  expect(await queue.list(10)).toHaveLength(1);
});
