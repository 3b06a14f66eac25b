import { randomUUID } from 'node:crypto';
import amqp, { type ChannelModel } from 'amqplib';
import { expect, inject, it, onTestFinished } from 'vitest';
import { declareTopology, topologyOf } from '../../lib/rabbitmq/topology.ts';
import { ownBroker } from '../own-broker.ts';

const connected = async (url: string): Promise<ChannelModel> => {
  const model = await amqp.connect(url);
  model.on('error', () => undefined);
  onTestFinished(() => model.close().catch(() => undefined));
  return model;
};

/** The address for back-ends of this worker’s own broker. */
const backEndAddress = (): string => {
  const given = inject('backEndUrl');
  if (given === undefined) throw new Error('A broker whose address is given has the users that it has');
  const address = new URL(given);
  address.pathname = new URL(ownBroker()).pathname;
  return address.href;
};

/** What comes of asking for something, by a channel of its own, which a refusal closes. */
const asking =
  (model: ChannelModel) =>
  async (what: (channel: amqp.ConfirmChannel) => Promise<unknown>): Promise<unknown> => {
    const channel = await model.createConfirmChannel();
    const closed = new Promise<unknown>((resolve) => channel.on('error', resolve));
    return Promise.race([
      what(channel).then(
        () => 'done',
        (error: unknown) => error,
      ),
      closed,
    ]);
  };

const REFUSED = expect.objectContaining({ code: 403 });

it('[A-4] a back-end publishes to events, and can neither bind a queue to it nor do anything to queues of others', async () => {
  const service = await (await connected(ownBroker())).createChannel();
  const topology = topologyOf({ shards: 1, generation: 905 });
  await declareTopology(service, topology);
  const strange = `strange-${randomUUID()}`;
  await service.assertQueue(strange);
  onTestFinished(async () => {
    for (const queue of [strange, ...topology.shards]) await service.deleteQueue(queue);
    await service.deleteExchange(topology.exchange);
  });

  const backEnd = await connected(backEndAddress());
  const publishing = await backEnd.createConfirmChannel();
  const returned: unknown[] = [];
  publishing.on('return', (message) => returned.push(message));
  const options = { headers: { channel: 'a' }, messageId: 'x', mandatory: true };
  publishing.publish(topology.exchange, '', Buffer.from('1'), options);
  await publishing.waitForConfirms();
  expect(returned).toEqual([]);
  // Taken, not counted: a broker that is busy counts none.
  const taken: string[] = [];
  await service.consume(topology.shards[0] as string, (message) => void taken.push(String(message?.content)));
  await expect.poll(() => taken).toEqual(['1']);

  const ask = asking(backEnd);
  expect(await ask((channel) => channel.bindQueue(strange, topology.exchange, '1'))).toEqual(REFUSED);
  expect(await ask((channel) => channel.assertQueue(`mine-${randomUUID()}`))).toEqual(REFUSED);
  expect(await ask((channel) => channel.assertExchange(`mine-${randomUUID()}`, 'fanout'))).toEqual(REFUSED);
  expect(await ask((channel) => channel.get(topology.shards[0] as string))).toEqual(REFUSED);
  expect(await ask((channel) => channel.purgeQueue(topology.shards[0] as string))).toEqual(REFUSED);
  expect(
    await ask(async (channel) => {
      channel.publish('', topology.shards[0] as string, Buffer.from('1'));
      await channel.waitForConfirms();
    }),
  ).toEqual(REFUSED);
});

it('[W-8] a back-end hears what was appended by a queue of its own, and nothing by others', async () => {
  const service = await (await connected(ownBroker())).createChannel();
  const topology = topologyOf({ shards: 1, generation: 906 });
  await declareTopology(service, topology);
  const { appended, appendedPrivately, exchange, shards } = topology;
  const [own, exchangeOfOwn, strange] = ['back-end.hears', 'back-end.shares', 'strange'].map(
    (name) => `${name}-${randomUUID()}`,
  ) as [string, string, string];
  await service.assertQueue(strange);
  onTestFinished(async () => {
    for (const queue of [own, strange, ...shards]) await service.deleteQueue(queue);
    for (const each of [exchange, exchangeOfOwn]) await service.deleteExchange(each);
  });

  const backEnd = await connected(backEndAddress());
  const ask = asking(backEnd);
  const hears = await backEnd.createChannel();
  await hears.assertQueue(own, { arguments: { 'x-queue-type': 'quorum', 'x-overflow': 'reject-publish' } });
  await hears.bindQueue(own, appended, 'order.*.paid');
  await hears.assertExchange(exchangeOfOwn, 'fanout');
  await hears.bindExchange(exchangeOfOwn, appended, '#');
  service.publish(appended, 'order.1.sent', Buffer.from('other'));
  service.publish(appended, 'order.1.paid', Buffer.from('paid'));
  const heard: string[] = [];
  await hears.consume(own, (message) => void heard.push(String(message?.content)), { noAck: true });
  await expect.poll(() => heard).toEqual(['paid']);

  expect(await ask((channel) => channel.bindQueue(own, exchange, '1'))).toEqual(REFUSED);
  expect(await ask((channel) => channel.bindQueue(own, appendedPrivately, '#'))).toEqual(REFUSED);
  expect(await ask((channel) => channel.bindQueue(strange, appended, '#'))).toEqual(REFUSED);
  expect(await ask((channel) => channel.consume(strange, () => undefined))).toEqual(REFUSED);
  expect(await ask((channel) => channel.get(topology.parked))).toEqual(REFUSED);
  expect(await ask((channel) => channel.deleteQueue(strange))).toEqual(REFUSED);
  expect(await ask((channel) => channel.deleteExchange(appended))).toEqual(REFUSED);
  // What it puts aside goes where it may write, and nowhere else.
  expect(
    await ask((channel) => channel.assertQueue(`${own}-2`, { deadLetterExchange: '', deadLetterRoutingKey: strange })),
  ).toEqual(REFUSED);
  expect(
    await ask(async (channel) => {
      channel.publish(appended, 'order.1.paid', Buffer.from('forged'));
      await channel.waitForConfirms();
    }),
  ).toEqual(REFUSED);
});
