import { randomUUID } from 'node:crypto';
import { connect as connectToBroker } from 'amqplib';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { connect } from '../../client/src/index.ts';
import { topologyOf } from '../../lib/rabbitmq/topology.ts';
import { FanOut } from '../faults/fan-out.ts';
import { ownBroker } from '../own-broker.ts';
import { Client, type Message } from './client.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

/** Queues of this test alone, which hold little. */
const GENERATION = 903;
const CAPACITY = 100;
const EVENTS = 1_000;

let emulator: RunningEmulator;
let fanOut: FanOut;

beforeAll(async () => {
  emulator = await startEmulator({
    redisUrl: inject('redisUrl'),
    rabbitmqUrl: ownBroker(),
    env: {
      REDIS_KEY_PREFIX: `overload-${randomUUID()}:`,
      RABBITMQ_SHARDS: '1',
      RABBITMQ_GENERATION: String(GENERATION),
      RABBITMQ_SHARD_CAPACITY: String(CAPACITY),
      RABBITMQ_PREFETCH: '10',
      RABBITMQ_OFFLINE_EXCEPT: 'fanout',
    },
    beside: async (environment) => {
      fanOut = new FanOut(environment);
      await fanOut.start();
    },
  });
});

afterAll(async () => {
  fanOut?.freeze(false);
  await emulator?.stop();
  await fanOut?.stop();
});

it('[B-8] [E-4] [H-2] beyond what it can take the service says so, holds no more than it may, loses nothing, and recovers by itself', async () => {
  const { websocketUrl: url } = emulator;
  const [alice, bob] = await Promise.all([Client.connect(url, 'alice'), Client.connect(url, 'bob')]);
  await alice.request({ type: 'subscribe', channels: ['flooded'] });
  const broadcast = (n: number): Promise<Message> =>
    bob.request({ type: 'broadcast', channel: 'flooded', id: `bob-${n}`, data: null });

  // Nothing is delivered any more, and more and more is published.
  fanOut.freeze(true);
  let n = 0;
  let answer = await broadcast(n);
  while (answer.type === 'ack' && n < 10 * CAPACITY) answer = await broadcast(++n);
  expect(answer).toMatchObject({ type: 'error', error: { code: 'OVERLOADED', retryAfter: expect.any(Number) } });
  const library = connect({ url, user: 'carol', backoff: { first: 100, most: 1_000 } });
  const sent = Array.from({ length: EVENTS }, (_, data) => library.broadcast('flooded', data));

  const broker = await connectToBroker(ownBroker());
  const channel = await broker.createChannel();
  const [queue] = topologyOf({ shards: 1, generation: GENERATION }).shards as [string];
  const { messageCount } = await channel.checkQueue(queue);
  await broker.close();
  expect(messageCount).toBeLessThan(3 * CAPACITY);
  expect(await broadcast(++n)).toMatchObject({ error: { code: 'OVERLOADED', id: `bob-${n}` } });
  // Over HTTP as well, with ids by which to repeat it.
  const post = async (ids: readonly string[] = []) => {
    const events = [0, 1].map((i) => ({ channel: `posted:${i}`, data: i, ...(ids[i] ? { id: ids[i] } : {}) }));
    const response = await fetch(`${emulator.httpUrl}/events?user=dave`, {
      method: 'POST',
      body: JSON.stringify({ events }),
    });
    return { status: response.status, ...((await response.json()) as { error?: { code: string; ids: string[] } }) };
  };
  const refused = await post();
  expect(refused).toMatchObject({
    status: 503,
    error: { code: 'OVERLOADED', ids: [expect.any(String), expect.any(String)] },
  });
  const ids = refused.error?.ids ?? [];

  // Deliveries go on, and so does everything else.
  fanOut.freeze(false);
  await Promise.all(sent);
  const fromCarol = () => alice.heard.filter(({ type, userId }) => type === 'event' && userId === 'carol');
  await alice.find(() => fromCarol().length >= EVENTS, 30_000);
  // Each once, and in the order in which they were made, whatever was refused of a batch and sent again.
  const numbers = fromCarol().map(({ data }) => data as number);
  expect(numbers).toEqual(Array.from({ length: EVENTS }, (_, data) => data));
  expect(await broadcast(++n)).toMatchObject({ type: 'ack' });
  expect(await post(ids)).toEqual({ status: 200, ids });
  await library.close();
  await Promise.all([alice.close(), bob.close()]);
});
