import { randomUUID } from 'node:crypto';
import amqp, { type Channel, type ChannelModel } from 'amqplib';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { topologyOf } from '../../lib/rabbitmq/topology.ts';
import { heardOf } from '../bound-queue.ts';
import { Hearing } from '../hearing.ts';
import { ownBroker } from '../own-broker.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

const GENERATION = 907;
const { exchange, shards, appended, appendedPrivately } = topologyOf({ shards: 4, generation: GENERATION });

describe('what back-ends hear of a service on a laptop', () => {
  const queue = `back-end.hears-${randomUUID()}`;
  const prefix = `appended-${randomUUID()}:`;
  const hearing = new Hearing();
  let emulator: RunningEmulator;
  let channel: Channel;
  let model: ChannelModel;

  const start = () =>
    startEmulator({
      redisUrl: inject('redisUrl'),
      rabbitmqUrl: ownBroker(),
      env: {
        REDIS_KEY_PREFIX: prefix,
        RABBITMQ_GENERATION: `${GENERATION}`,
        APPENDED_ENABLED: 'true',
        APPENDED_PRIVATE_ENABLED: 'true',
      },
    });

  const publish = async (...events: readonly object[]): Promise<void> => {
    const response = await fetch(`${emulator.httpUrl}/events?user=alice`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ events }),
    });
    expect([response.status, response.status === 200 || (await response.text())]).toEqual([200, true]);
  };

  beforeAll(async () => {
    emulator = await start();
    model = await amqp.connect(ownBroker());
    channel = await model.createChannel();
    await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await channel.bindQueue(queue, appended, 'order.*.paid');
    await channel.bindQueue(queue, appendedPrivately, '#');
    await channel.consume(queue, (message) => {
      if (message === null) return;
      hearing.hear(heardOf(message.properties.headers ?? {}, message.content));
      channel.ack(message);
    });
  });

  afterAll(async () => {
    await emulator.stop();
    for (const each of [queue, ...shards]) await channel.deleteQueue(each);
    await channel.deleteExchange(exchange);
    await model.close();
  });

  it('[W-1] [W-3] is what clients and back-ends publish, and private events apart', async () => {
    const paid = { channel: 'order:1:paid', data: { paid: 7 } };
    await publish({ ...paid, id: '1' }, { channel: 'order:1:sent', data: 0 }, { ...paid, id: '2' });
    await publish({ ...paid, id: 'p', targetUsers: ['bob'] });
    await expect.poll(() => hearing.ids.get('order:1:paid')).toEqual(['1', '2']);
    await expect.poll(() => hearing.ids.get('order:1:paid for bob')).toEqual(['p']);
    await expect
      .poll(async () => (await fetch(`${emulator.httpUrl}/metrics`)).text())
      .toMatch(/appended_published\S* 4\n/);
  });

  it('[W-4] goes on where it was once the service is there again, and a stop does not wait long', async () => {
    await emulator.stop();
    expect(emulator.output()).not.toContain('take too long');
    const publishing = await model.createConfirmChannel();
    for (const messageId of ['3', '4']) {
      publishing.publish(exchange, '', Buffer.from('1'), { messageId, headers: { channel: 'order:1:paid' } });
    }
    await publishing.waitForConfirms();
    emulator = await start();
    await publish({ channel: 'order:1:paid', data: 1, id: '5' });
    await expect.poll(() => hearing.ids.get('order:1:paid')).toEqual(['1', '2', '3', '4', '5']);
    expect(hearing.problems).toEqual([]);
    expect([...hearing.ids.keys()].sort()).toEqual(['order:1:paid', 'order:1:paid for bob']);
  });
});
