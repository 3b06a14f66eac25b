import { randomUUID } from 'node:crypto';
import amqp, { type Channel, type ChannelModel, type Message } from 'amqplib';
import { afterEach, beforeEach, expect, inject, it, onTestFinished } from 'vitest';
import { systemClock as libraryClock } from '../../client/src/clock.ts';
import { RequestError } from '../../client/src/index.ts';
import { Outbox } from '../../client/src/outbox.ts';
import { serializeBroadcast } from '../../client/src/serialized-broadcast.ts';
import { Overloaded } from '../../lib/ports/dependency.ts';
import { parseCapabilities } from '../../lib/protocol/capabilities.ts';
import { parseChannel } from '../../lib/protocol/channel.ts';
import { RabbitMqBus } from '../../lib/rabbitmq/bus.ts';
import { Publisher } from '../../lib/rabbitmq/publisher.ts';
import { declareTopology, type Topology, topologyOf } from '../../lib/rabbitmq/topology.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { answered } from '../frames.ts';
import { connection } from '../unit/sync/world.ts';
import { receivingWorld } from '../unit/sync/worlds.ts';

const CAPACITY = 50;
const EVENTS = 1_000;

type Answer = { type: string; id: string; error: { code: string; message: string } };

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

it('[E-4] [B-8] what the library publishes over a queue that is full again and again keeps its order', async () => {
  const bus = new RabbitMqBus(publisher, topology);
  const world = { ...receivingWorld(), bus, clock: systemClock };
  const able = { ...connection('A', 'alice'), capabilities: parseCapabilities('batch') };
  const backoff = { first: 5, most: 20 };
  const outbox = new Outbox({ clock: libraryClock, backoff, maxOutbox: EVENTS });
  let refusals = 0;
  outbox.attach({
    batch: 100,
    mostBytes: 32_768,
    isOpen: true,
    send: (messages) => {
      const sending = messages.map(({ text }) => text);
      const frame = sending.length === 1 ? sending[0] : `{"type":"batch","messages":[${sending}]}`;
      const answers = answered(world, able, frame).then((texts) =>
        texts.flatMap((text) => {
          const answer = JSON.parse(text) as { messages?: Answer[] } & Answer;
          return answer.messages ?? [answer];
        }),
      );
      return messages.map(async (_, i) => {
        const { type, id, error } = (await answers)[i] as Answer;
        if (type === 'ack') return { id };
        refusals++;
        // As soon as it may be: there is not always room then.
        throw new RequestError('broadcast', error.code, error.message, 1);
      });
    },
  });
  const sent = Array.from({ length: EVENTS }, (_, n) =>
    outbox.add(serializeBroadcast({ type: 'broadcast', channel: 'a', data: n, id: `${n}` })),
  );

  const [queue] = topology.shards as [string];
  const ids: string[] = [];
  let latest: Message | undefined;
  let [allowed, isAllSent] = [0, false];
  // Whenever it was full it is emptied a little, however quick or slow this machine is.
  await channel.prefetch(20);
  await channel.consume(queue, (message) => {
    if (message === null) return;
    ids.push(message.properties.messageId);
    latest = message;
  });
  const pace = setInterval(() => {
    if (latest === undefined || !(refusals > allowed || isAllSent)) return;
    channel.ack(latest, true);
    allowed = refusals;
    latest = undefined;
  }, 20);
  onTestFinished(() => clearInterval(pace));
  await Promise.all(sent);
  isAllSent = true;
  await expect.poll(() => new Set(ids).size).toBe(EVENTS);
  expect([...new Set(ids)]).toEqual(Array.from({ length: EVENTS }, (_, n) => `${n}`));
  // Everything the test is about did happen.
  expect(refusals).toBeGreaterThan(20);
});
