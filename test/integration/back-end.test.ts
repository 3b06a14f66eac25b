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

it('[A-4] a back-end publishes to events, and can neither bind a queue to it nor do anything else', async () => {
  const own = ownBroker();
  const given = inject('backEndUrl');
  if (given === undefined) throw new Error('A broker whose address is given has the users that it has');
  const address = new URL(given);
  address.pathname = new URL(own).pathname;

  const service = await (await connected(own)).createChannel();
  const topology = topologyOf({ shards: 1, generation: 905 });
  await declareTopology(service, topology);
  const strange = `strange-${randomUUID()}`;
  await service.assertQueue(strange);
  onTestFinished(async () => {
    for (const queue of [strange, ...topology.shards]) await service.deleteQueue(queue);
    await service.deleteExchange(topology.exchange);
  });

  const backEnd = await connected(address.href);
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

  /** What comes of asking for something, by a channel of its own, which a refusal closes. */
  const ask = async (what: (channel: amqp.ConfirmChannel) => Promise<unknown>): Promise<unknown> => {
    const channel = await backEnd.createConfirmChannel();
    const closed = new Promise<unknown>((resolve) => channel.on('error', resolve));
    return Promise.race([
      what(channel).then(
        () => 'done',
        (error: unknown) => error,
      ),
      closed,
    ]);
  };
  const refused = expect.objectContaining({ code: 403 });
  expect(await ask((channel) => channel.bindQueue(strange, topology.exchange, '1'))).toEqual(refused);
  expect(await ask((channel) => channel.assertQueue(`mine-${randomUUID()}`))).toEqual(refused);
  expect(await ask((channel) => channel.assertExchange(`mine-${randomUUID()}`, 'fanout'))).toEqual(refused);
  expect(await ask((channel) => channel.get(topology.shards[0] as string))).toEqual(refused);
  expect(await ask((channel) => channel.purgeQueue(topology.shards[0] as string))).toEqual(refused);
  expect(
    await ask(async (channel) => {
      channel.publish('', topology.shards[0] as string, Buffer.from('1'));
      await channel.waitForConfirms();
    }),
  ).toEqual(refused);
});
