import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { ApiGateway } from '../../lib/gateway/api-gateway.ts';
import type { Gateway } from '../../lib/ports/gateway.ts';
import type { Incoming } from '../../lib/ports/incoming.ts';
import { RedisCounters } from '../../lib/redis/counters.ts';
import { Audience } from '../../lib/sync/audience.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { fanOut } from '../../lib/sync/fan-out.ts';
import { SharedMeter } from '../../lib/telemetry/meter.ts';
import { PostTally } from '../../lib/telemetry/posts.ts';
import { PLAIN } from '../frames.ts';
import { WatchedBus } from '../unit/sync/watched-bus.ts';
import { arrived, connection, event } from '../unit/sync/world.ts';
import { redisUnderTest } from './redis.ts';

const BATCHES = 10;
const EVENTS = 10;
const LISTENERS = 20;
const SHARDS = 2;

/** Stands in for the gateway, and writes down what it answered to each post. */
const sink = async () => {
  const seen = { taken: 0, gone: 0, throttled: 0, broken: 0, events: 0 };
  let posts = 0;
  const server = createServer((request, response) => {
    // Whether a connection is there is asked where a post was refused twice; it is no post.
    if (request.method === 'GET') {
      response.writeHead(200).end();
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      posts++;
      const id = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
      const outcome = id.startsWith('gone')
        ? 'gone'
        : posts % 53 === 0
          ? 'throttled'
          : posts % 31 === 0
            ? 'broken'
            : 'taken';
      seen[outcome]++;
      if (outcome === 'taken') {
        const message = JSON.parse(Buffer.concat(chunks).toString()) as { type: string; messages?: unknown[] };
        seen.events += message.type === 'batch' ? (message.messages?.length ?? 0) : 1;
      }
      response.writeHead({ taken: 200, gone: 410, throttled: 429, broken: 500 }[outcome]).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { seen, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

it('[O-2] deliveries that are counted agree with the posts that were made, also where batches come back', async () => {
  const redis = redisUnderTest();
  const { seen, endpoint } = await sink();
  const counters = new RedisCounters(redis.client, redis.keys);
  const meter = new SharedMeter(counters, undefined);
  const gateway = new ApiGateway({ endpoint, region: 'us-east-1', credentials: undefined }, systemClock, {
    observer: new PostTally(meter),
  });
  onTestFinished(() => gateway.end());
  const world = {
    ...redis,
    audience: new Audience(redis.subscriptions, 100, () => undefined),
    gateway,
    parking: new WatchedBus(),
    clock: systemClock,
    encoder: PLAIN,
    meter,
  };
  for (let n = 0; n < LISTENERS; n++) {
    const listener = { ...connection(`${n % 10 === 0 ? 'gone' : 'here'}-${n}`), endpoint };
    const capabilities = { ...listener.capabilities, batch: n % 5 > 0 };
    await redis.directory.open({ ...listener, capabilities });
    await redis.subscriptions.add({ ...listener, capabilities }, [{ text: '*:*', found: { byShape: '*:*' } }], 10);
  }
  const batch = (run: number): Incoming[] =>
    Array.from({ length: EVENTS }, (_, i) => {
      const broadcast = event(`x-${run % SHARDS}:${i % 3}`, `${run}-${i}`);
      return { broadcast, arrived: arrived(broadcast, `events.${run % SHARDS}`) };
    });
  let returned = 0;
  /** Every batch of a shard in turn. Some come back first, when some connections have all and others nothing. */
  const runShard = async (shard: number): Promise<void> => {
    for (let run = shard; run < BATCHES; run += SHARDS) {
      const failing: Gateway = {
        post: (connection, ...values) => {
          if (run % 5 === 0 && connection.id === 'here-12') throw new TypeError('as the test wants it');
          return gateway.post(connection, ...values);
        },
        find: (connection) => gateway.find(connection),
        close: (connection) => gateway.close(connection),
      };
      // At least once: what is delivered again is counted again.
      await fanOut({ ...world, gateway: failing }, batch(run), systemClock.elapsed() + 20_000).catch(async () => {
        returned++;
        await fanOut(world, batch(run), systemClock.elapsed() + 20_000);
      });
    }
  };
  await Promise.all(Array.from({ length: SHARDS }, (_, shard) => runShard(shard)));
  await counters.flush();

  const counted = await counters.read();
  const posted = (outcome: string): number => counted.get(`frames_posted{outcome=${outcome}}`) ?? 0;
  expect(posted('taken')).toBe(seen.taken);
  expect(posted('gone')).toBe(seen.gone);
  expect(posted('stuck')).toBe(0);
  expect(counted.get('frames_throttled')).toBe(seen.throttled);
  expect(counted.get('events_delivered')).toBe(seen.events);
  expect(seen.events).toBeGreaterThanOrEqual(BATCHES * EVENTS * LISTENERS * 0.9);
  expect(Math.min(seen.gone, seen.throttled, seen.broken, returned)).toBeGreaterThan(0);
});
