import { randomUUID } from 'node:crypto';
import amqp, { type ConsumeMessage } from 'amqplib';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { ManualClock } from '../../lib/memory/manual-clock.ts';
import type { Broadcast } from '../../lib/ports/broadcast.ts';
import type { StoredEvent } from '../../lib/ports/history.ts';
import { userIn } from '../../lib/rabbitmq/address.ts';
import { RabbitMqBus } from '../../lib/rabbitmq/bus.ts';
import { incomingOf } from '../../lib/rabbitmq/incoming.ts';
import { Publisher } from '../../lib/rabbitmq/publisher.ts';
import { declareTopology, topologyOf } from '../../lib/rabbitmq/topology.ts';
import { acceptedOf } from '../../lib/sync/broadcast.ts';
import { publishNumbered, type Request } from '../../lib/sync/publish-numbered.ts';
import { connection, event } from '../unit/sync/world.ts';
import { redisUnderTest } from './redis.ts';

const DAY = 86_400_000;
const WRITES = 1_000;
const BATCH = 100;

const range = (from: number, upTo: number): readonly number[] =>
  Array.from({ length: upTo - from + 1 }, (_, i) => from + i);

/** The bus on a queue of the test’s own, and what takes the messages out of it. */
const busUnderTest = async () => {
  const url = inject('rabbitmqUrl');
  const topology = topologyOf({ shards: 1 }, `kept-${randomUUID()}-`);
  const model = await amqp.connect(url);
  const channel = await model.createConfirmChannel();
  await declareTopology(channel, topology);
  const publisher = new Publisher(url, () => undefined);
  onTestFinished(async () => {
    await publisher.end();
    for (const name of [topology.parked, topology.connections, ...topology.shards]) await channel.deleteQueue(name);
    await channel.deleteExchange(topology.exchange);
    await model.close();
  });
  const [queue] = topology.shards as [string];
  const messages: ConsumeMessage[] = [];
  await channel.consume(queue, (message) => message !== null && messages.push(message), { noAck: true });
  const take = async (count: number): Promise<readonly Broadcast[]> => {
    await vi.waitFor(() => expect(messages.length).toBeGreaterThanOrEqual(count), 60_000);
    return messages.splice(0).map(({ properties: { messageId, userId, headers = {} }, content }) => {
      const delivery = { queue, messageId, publisher: userId, headers, body: content, redelivered: false };
      const incoming = incomingOf(delivery, 2 ** 20);
      if ('poison' in incoming) throw new Error(incoming.poison.reason);
      return incoming.broadcast;
    });
  };
  return { bus: new RabbitMqBus(publisher, topology, undefined, () => userIn(url)), take };
};

it('[B-13] a page that was closed for three days sends a thousand writes, which are heard once and in order', async () => {
  const clock = new ManualClock();
  clock.time = Date.now() - 3 * DAY;
  const { history, meter } = redisUnderTest({ retention: 7 * DAY, maxEvents: 10_000, clock });
  const { bus, take } = await busUnderTest();
  const alice = connection('A', 'alice');
  const began = clock.now();

  /** Sends writes as a client does, a batch at a time. @param sent - which may have been sent before, and when. */
  const send = async (numbers: readonly number[], sent: (number: number) => number | undefined): Promise<void> => {
    for (let at = 0; at < numbers.length; at += BATCH) {
      const requests = numbers.slice(at, at + BATCH).map((number): Request => {
        const first = sent(number);
        const sequence = { publisher: 'store', number, ...(first === undefined ? {} : { sent: first }) };
        const message = { type: 'broadcast' as const, channel: 'a', data: number, id: `write ${number}`, sequence };
        return { message, accepted: acceptedOf(alice, message, 2 ** 20) };
      });
      const outcomes = await publishNumbered({ bus, history, clock }, requests);
      expect(outcomes.filter(({ isTaken }) => !isTaken)).toEqual([]);
    }
  };
  const fanOut = async (count: number): Promise<void> => {
    const broadcasts = await take(count);
    expect(broadcasts).toHaveLength(count);
    for (let at = 0; at < broadcasts.length; at += BATCH) await history.append(broadcasts.slice(at, at + BATCH));
  };

  // The page is closed with six hundred on their way. Of the last hundred it never had an answer.
  await send(range(1, 600), () => undefined);
  await fanOut(600);
  clock.time += 3 * DAY;
  // Others write meanwhile, so that all ids are forgotten.
  const others = range(1, 600).map((n) => event('a', `other ${n}`, { userId: 'bob', published: clock.now() }));
  for (let at = 0; at < others.length; at += BATCH) await history.append(others.slice(at, at + BATCH));

  // Its connection ends once more, with two hundred of which there was no answer.
  const first = (number: number) => (number <= 600 ? began : undefined);
  await send(range(501, 800), first);
  const again = clock.now();
  await send(range(601, WRITES), (number) => (number <= 800 ? again : undefined));
  // What was appended three days ago was not published again; what is in the queue was.
  await fanOut(200 + 400);

  const events: StoredEvent[] = [];
  for (let offset = 0, more = true, epoch: string | undefined; more; ) {
    const from = epoch === undefined ? { since: 0 } : { after: { epoch, offset } };
    const [page] = await history.read([{ name: { channel: 'a' }, from, most: 1_000 }], {});
    if (page === undefined) throw new Error('no page');
    events.push(...page.events);
    ({ more } = page);
    ({ epoch, offset } = page.read);
  }
  expect(events.filter(({ userId }) => userId === 'alice').map(({ data }) => Number(data))).toEqual(range(1, WRITES));
  expect(meter.numbers.get('events_duplicate')).toBe(200);

  // By their ids alone they would be appended again: that is what the numbers are for.
  const [plain] = await history.append([event('a', 'write 501', { userId: 'alice', published: clock.now() })]);
  expect(plain).toMatchObject({ at: { duplicate: false } });
});
