import { randomBytes } from 'node:crypto';
import amqp from 'amqplib';
import { expect, inject, it, onTestFinished } from 'vitest';
import { MemoryMeter } from '../../lib/memory/meter.ts';
import { MemoryScratch } from '../../lib/memory/scratch.ts';
import { MemoryStore } from '../../lib/memory/store.ts';
import type { Incoming } from '../../lib/ports/incoming.ts';
import { parseCapabilities } from '../../lib/protocol/capabilities.ts';
import { NO_COMPRESSION } from '../../lib/protocol/compression.ts';
import { RabbitMqBus } from '../../lib/rabbitmq/bus.ts';
import { Publisher } from '../../lib/rabbitmq/publisher.ts';
import { declareTopology, topologyOf } from '../../lib/rabbitmq/topology.ts';
import { RedisRateLimiter } from '../../lib/redis/rate-limiter.ts';
import { Audience } from '../../lib/sync/audience.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { fanOut } from '../../lib/sync/fan-out.ts';
import { ReadsInTurn } from '../../lib/sync/reads-in-turn.ts';
import { subscribe } from '../../lib/sync/subscribe.ts';
import { answered, PLAIN } from '../frames.ts';
import { RoundTrips } from '../round-trips.ts';
import { WatchedBus } from '../unit/sync/watched-bus.ts';
import { WatchedGateway } from '../unit/sync/watched-gateway.ts';
import { arrived, connection, event } from '../unit/sync/world.ts';
import { countedRedis } from './redis.ts';

const LIMITS = {
  enabled: true,
  duration: 60_000,
  block: 0,
  points: { connection: 1e6, user: 1e6, global: 1e6 },
  backEnd: 1e6,
  types: {},
  allowed: [],
};

it('a batch of the fan-out costs as many round trips with a hundred events as with one', async () => {
  const { trips, subscriptions, history, turns, directory } = await countedRedis();
  const audience = new Audience(subscriptions, 100, () => undefined);
  const gateway = new WatchedGateway();
  const world = {
    history,
    turns,
    audience,
    directory,
    gateway,
    parking: new WatchedBus(),
    clock: systemClock,
    encoder: PLAIN,
    reads: new ReadsInTurn(),
    meter: new MemoryMeter(),
  };
  await subscriptions.add(connection('A'), [{ text: 'x:*', found: { byShape: '_:*' } }], 10);
  const fan = (count: number, run: string): Promise<unknown> => {
    const batch: Incoming[] = Array.from({ length: count }, (_, i) => {
      const broadcast = event(`x:${i % 10}`, `${run}-${i}`);
      return { broadcast, arrived: arrived(broadcast) };
    });
    return fanOut(world, batch, systemClock.elapsed() + 10_000);
  };
  // The first learns the registry, and notes the channels as active.
  await fan(100, 'first');
  trips.take();
  await fan(1, 'one');
  const one = trips.take();
  await fan(100, 'many');
  expect(trips.take()).toBe(one);
  // To append, to look who listens, and to note that all was posted.
  expect(one).toBe(3);
  expect(gateway.heard.get('A')).toHaveLength(201);
});

it.each([1, 100])('a frame with %d broadcasts costs one round trip to Redis and one to the broker', async (count) => {
  const redis = await countedRedis();
  const toBroker = await RoundTrips.before(inject('rabbitmqUrl'));
  const topology = topologyOf({ shards: 1 }, `trips-${randomBytes(4).toString('hex')}-`);
  const broker = await amqp.connect(inject('rabbitmqUrl'));
  const channel = await broker.createChannel();
  await declareTopology(channel, topology);
  const publisher = new Publisher(toBroker.through(inject('rabbitmqUrl')), () => undefined);
  onTestFinished(async () => {
    await publisher.end();
    await toBroker.stop();
    for (const queue of [...topology.shards, topology.connections, topology.parked]) await channel.deleteQueue(queue);
    await channel.deleteExchange(topology.exchange);
    await broker.close();
  });
  const world = {
    ...redis,
    limiter: new RedisRateLimiter(redis.client, redis.keys, LIMITS, (error) => {
      throw error;
    }),
    gateway: new WatchedGateway(),
    authenticator: undefined,
    scratch: new MemoryScratch(new MemoryStore(systemClock)),
    compression: NO_COMPRESSION,
    encoder: PLAIN,
    reads: new ReadsInTurn(),
    bus: new RabbitMqBus(publisher, topology),
    clock: systemClock,
    limits: { messageSize: 1_000_000, subscriptions: 10, patterns: 1_000 },
    replay: { enabled: true, retention: 60_000, batchSize: 10, maxEvents: 100 },
    onAnswered: () => undefined,
    onFailure: (error: unknown) => {
      throw error;
    },
  };
  const able = { ...connection('A'), capabilities: parseCapabilities('batch') };
  const messages = Array.from({ length: count }, (_, n) => ({
    type: 'broadcast',
    channel: 'x',
    data: n,
    requestId: n,
  }));
  const send = () => answered(world, able, JSON.stringify(count === 1 ? messages[0] : { type: 'batch', messages }));
  await send();
  redis.trips.take();
  toBroker.take();
  const answers = await send();
  expect(answers.join().match(/"type":"ack"/g)).toHaveLength(count);
  expect([redis.trips.take(), toBroker.take()]).toEqual([1, 1]);
});

it.each([
  ['a subscribe by name', 4, { channels: ['x', 'y'], patterns: [] }],
  ['a subscribe by pattern', 5, { channels: ['x'], patterns: ['z:*', '/z/'] }],
])('%s costs %d round trips, of however many names', async (_, most, wanted) => {
  const { trips, client, ...redis } = await countedRedis();
  const world = {
    ...redis,
    limits: { subscriptions: 10, patterns: 1_000 },
    replay: { enabled: true, retention: 60_000, batchSize: 10, maxEvents: 100 },
  };
  const ask = (id: string) =>
    subscribe(world, connection(id), { type: 'subscribe', requestId: 1, options: undefined, ...wanted }).next();
  // The first makes the steps known.
  await ask('A');
  trips.take();
  await ask('B');
  expect(trips.take()).toBe(most);
});
