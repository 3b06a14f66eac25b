import { randomBytes, randomUUID } from 'node:crypto';
import { MemoryMeter } from '../../lib/memory/meter.ts';
import { parseChannel } from '../../lib/protocol/channel.ts';
import { openSession } from '../../lib/protocol/session.ts';
import { connectRedis, type RedisClient } from '../../lib/redis/client.ts';
import { RedisDirectory } from '../../lib/redis/directory.ts';
import { RedisHistory } from '../../lib/redis/history.ts';
import { keysUnder } from '../../lib/redis/keys.ts';
import { RedisSubscriptions } from '../../lib/redis/subscriptions.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import type { Suite } from '../measure.ts';

/** As long as API Gateway's own. */
const ENDPOINT = 'https://abcdefghij.execute-api.eu-central-1.amazonaws.com/prod';
const connectionId = (): string => randomBytes(11).toString('base64');
const MOST = 1_000;
const BATCH = 500;
const DATA = 200;

const inBatches = async (count: number, task: (from: number, size: number) => Promise<unknown>): Promise<void> => {
  for (let from = 0; from < count; from += BATCH) await task(from, Math.min(BATCH, count - from));
};

const usedBy = async (redis: RedisClient): Promise<number> =>
  Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);

/** Bytes that Redis uses more after a task, for each of so many. */
const growth = async (redis: RedisClient, count: number, task: () => Promise<unknown>): Promise<number> => {
  const before = await usedBy(redis);
  await task();
  return ((await usedBy(redis)) - before) / count;
};

/** What connections, subscriptions and events take of Redis's memory. */
export const sizing: Suite = async (say, { quick, backends }) => {
  const { redisUrl } = await backends();
  const redis = connectRedis({ url: redisUrl, cluster: false }, () => undefined);
  try {
    const count = quick ? 2_000 : 20_000;
    const keys = keysUnder(`bench-${randomUUID()}:`);
    const meter = new MemoryMeter();
    const callers = Array.from({ length: count }, (_, i) => ({
      id: connectionId(),
      user: `user-${100_000 + i}`,
      endpoint: ENDPOINT,
      capabilities: { batch: true, chunk: true, compression: true, matched: false },
      session: openSession(0),
    }));

    const directory = new RedisDirectory(redis, keys, meter);
    const connection = await growth(redis, count, () =>
      inBatches(count, (from, size) =>
        Promise.all(callers.slice(from, from + size).map((each) => directory.open(each))),
      ),
    );

    const subscriptions = new RedisSubscriptions(redis, keys);
    const subscribe = (textOf: (user: string) => string, found: 'by-name' | { readonly byShape: string }) =>
      growth(redis, count, () =>
        inBatches(count, (from, size) =>
          Promise.all(
            callers
              .slice(from, from + size)
              .map((each) => subscriptions.add(each, [{ text: textOf(each.user), found }], MOST)),
          ),
        ),
      );
    // The first one of each also makes the list of what its connection holds.
    const shared = await subscribe(() => 'news:world', 'by-name');
    const own = await subscribe((user) => `user:${user}:*`, { byShape: 'user:_:*' });

    const history = new RedisHistory(
      redis,
      keys,
      { enabled: true, retention: 3_600_000, maxEvents: 1_000_000, compression: 6 },
      meter,
      systemClock,
    );
    const channel = parseChannel('news:world');
    await inBatches(count, (_, size) =>
      history.append(
        Array.from({ length: size }, () => ({
          id: randomUUID(),
          channel,
          category: 'news',
          priority: 'normal' as const,
          data: JSON.stringify('x'.repeat(DATA - 2)),
          userId: 'user-100000',
        })),
      ),
    );
    const [, events, ids, ages] = keys.history('news:world');
    const bytesOf = async (key: string): Promise<number> =>
      Number(await redis.call('MEMORY', 'USAGE', key, 'SAMPLES', '0')) / count;
    const event = await bytesOf(events);
    const id = (await bytesOf(ids)) + (await bytesOf(ages));

    const channels = await growth(redis, count, () =>
      inBatches(count, (from, size) =>
        history.append(
          Array.from({ length: size }, (_, i) => ({
            id: randomUUID(),
            channel: parseChannel(`news:place-${100_000 + from + i}`),
            category: 'news',
            priority: 'normal' as const,
            data: JSON.stringify('x'.repeat(DATA - 2)),
            userId: 'user-100000',
          })),
        ),
      ),
    );
    say(`${count} of each, identifiers as long as API Gateway's, events of ${DATA} bytes`);
    return [
      { name: 'sizing.connection', value: connection, unit: 'B', better: 'lower' },
      { name: 'sizing.subscription-shared', value: shared, unit: 'B', better: 'lower' },
      { name: 'sizing.subscription-own', value: own, unit: 'B', better: 'lower' },
      { name: 'sizing.event-beside-data', value: event - DATA, unit: 'B', better: 'lower' },
      { name: 'sizing.id-remembered', value: id, unit: 'B', better: 'lower' },
      { name: 'sizing.channel-with-one-event', value: channels, unit: 'B', better: 'lower' },
    ];
  } finally {
    redis.disconnect();
  }
};
