import { randomUUID } from 'node:crypto';
import amqp, { type Channel } from 'amqplib';
import { expect, inject, onTestFinished } from 'vitest';
import type { Announcer } from '../../lib/ports/announcer.ts';
import type { Backlog } from '../../lib/ports/backlog.ts';
import { RabbitMqAnnouncer } from '../../lib/rabbitmq/announcer.ts';
import { Publisher } from '../../lib/rabbitmq/publisher.ts';
import { declareTopology, type Topology, topologyOf } from '../../lib/rabbitmq/topology.ts';
import { RedisBacklog } from '../../lib/redis/backlog.ts';
import { RedisHistory } from '../../lib/redis/history.ts';
import { announce } from '../../lib/sync/announce/announce.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { heardOf } from '../bound-queue.ts';
import { Hearing } from '../hearing.ts';
import { event } from '../unit/sync/world.ts';
import { redisUnderTest } from './redis.ts';

const RETENTION = 60_000;
export const SHARD = 'events.3';

/** Milliseconds that a run has: as long as it takes on a machine that is busy, and no more than a test has. */
const RUN = 100_000;

interface Settings {
  readonly maxEvents?: number;
  /** Of another RabbitMQ than that of all tests; its end is the end of all that is in it. */
  readonly url?: string;
}

/** A service of its own on the servers of all tests, and back-ends that hear. */
export const announcingUnderTest = async ({ maxEvents = 1_000, url = inject('rabbitmqUrl') }: Settings = {}) => {
  const { client, keys, meter } = redisUnderTest();
  const announced = { enabled: true, private: false };
  const settings = { enabled: true, retention: RETENTION, maxEvents, compression: 6, announced };
  const history = new RedisHistory(client, keys, settings, meter, systemClock);
  const backlog = new RedisBacklog(client, keys, RETENTION, systemClock);
  const prefix = `appended-${randomUUID()}-`;
  const topology = topologyOf({ shards: 1 }, prefix);
  const model = await amqp.connect(url);
  model.on('error', () => undefined);
  const channel = await model.createChannel();
  await declareTopology(channel, topology);
  const publisher = new Publisher(url, () => undefined);
  onTestFinished(async () => {
    await publisher.end();
    if (url === inject('rabbitmqUrl')) await removeAll(channel, topology);
    await model.close().catch(() => undefined);
  });
  const announcer = new RabbitMqAnnouncer(publisher, topology);
  const failures: unknown[] = [];
  const world = { backlog, history, announcer, clock: systemClock, meter, onFailure: (e: unknown) => failures.push(e) };

  /** Begins a run of the function, of so many milliseconds. @returns what ends its time. */
  const begin = (changes: { announcer?: Announcer; backlog?: Backlog } = {}, lasts = RUN) => {
    const deadline = systemClock.elapsed() + lasts;
    let isOver = false;
    const clock = { ...systemClock, elapsed: () => (isOver ? deadline + 1 : systemClock.elapsed()) };
    const running = announce({ ...world, clock, ...changes }, deadline);
    running.catch(() => undefined);
    const end = (): Promise<void> => {
      isOver = true;
      return running;
    };
    return end;
  };
  /** Runs the function until `over` is true. */
  const run = async (over: () => boolean | Promise<boolean>): Promise<void> => {
    const end = begin();
    await expect.poll(over).toBe(true);
    await end();
  };
  const queue = async (pattern: string, args: Readonly<Record<string, unknown>> = {}) => {
    const name = `${prefix}hears-${randomUUID()}`;
    await channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'quorum', ...args } });
    await channel.bindQueue(name, topology.appended, pattern);
    if (url === inject('rabbitmqUrl')) onTestFinished(async () => void (await channel.deleteQueue(name)));
    const hearing = new Hearing();
    /** Hears what is in the queue from now on. */
    const consume = (by = channel) =>
      by.consume(name, (message) => {
        if (message === null) return;
        hearing.hear(heardOf(message.properties.headers ?? {}, message.content));
        by.ack(message);
      });
    return { name, hearing, consume };
  };
  let count = 0;
  const append = async (to: string, events: number): Promise<string[]> => {
    const broadcasts = Array.from({ length: events }, () => event(to, `${to} ${++count}`));
    await history.append(broadcasts);
    await backlog.note(SHARD, [{ channel: to }]);
    return broadcasts.map(({ id }) => id);
  };
  return { client, keys, history, backlog, announcer, channel, failures, begin, run, queue, append, meter };
};

const removeAll = async (channel: Channel, topology: Topology): Promise<void> => {
  for (const name of [topology.parked, topology.connections, ...topology.shards]) await channel.deleteQueue(name);
  for (const name of [topology.exchange, topology.appended, topology.appendedPrivately]) {
    await channel.deleteExchange(name);
  }
};
