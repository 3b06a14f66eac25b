/** Back-ends: one that publishes, some that consume queues, and some that follow channels by name. */
import { setTimeout as pause } from 'node:timers/promises';
import amqp, { type ChannelModel } from 'amqplib';
import { Pool } from 'undici';
import { topologyOf } from '../../lib/rabbitmq/topology.ts';
import { CHANNEL } from '../audiences/audience.ts';
import { Heard } from '../way-out/heard.ts';
import { answerRequests } from '../work.ts';

/** A run: so many events are published to channels in turn, and heard. */
interface Run {
  readonly events: number;
}

interface Start {
  readonly rabbitmqUrl: string;
  readonly consumersUrl: string;
  readonly queues: number;
  readonly consumers: number;
  /** Events of the largest run. */
  readonly most: number;
}

/** Events that may be on their way: far fewer than a history keeps, so that none is cut before it is heard. */
const WINDOW = 20_000;

/** Messages that are published before it is waited for their confirms. */
const BATCH = 500;

/** Events of an answer, messages that a queue hands out before an ack, and milliseconds that a consumer waits for some. */
const LIMIT = 1_000;
const PREFETCH = 200;
const WAIT = 20_000;

const TEXT = 'x'.repeat(180);
const topology = topologyOf({ shards: 1 });
const channelOf = (n: number): string => `way-out:${n}`;

let model: ChannelModel;
let channels = 0;
let byQueue = new Heard(1);
let byName = new Heard(1);
let failed: Error | undefined;

/** Hears a share of the channels, and what the clients of the other measures publish too where it is the first. */
const consumeQueue = async (queue: number, queues: number): Promise<void> => {
  const name = `way-out.${queue}`;
  const channel = await model.createChannel();
  await channel.assertQueue(name, {
    durable: true,
    arguments: { 'x-queue-type': 'quorum', 'x-single-active-consumer': true },
  });
  for (let n = queue; n < channels; n += queues) await channel.bindQueue(name, topology.appended, `way-out.${n}`);
  if (queue === 0) await channel.bindQueue(name, topology.appended, CHANNEL.replaceAll(':', '.'));
  await channel.prefetch(PREFETCH);
  await channel.consume(name, (message) => {
    if (message === null) return;
    const headers = message.properties.headers ?? {};
    try {
      const at = Number(headers['timestamp']);
      if (headers['type'] !== 'event') throw new Error(`${name} was told of a gap`);
      if (headers['channel'] !== CHANNEL) byQueue.hear(name, String(headers['channel']), Number(headers['offset']), at);
      channel.ack(message);
    } catch (error) {
      failed = error as Error;
    }
  });
};

interface Pulled {
  readonly fence: number | null;
  readonly events: readonly { readonly channel: string; readonly offset: number; readonly timestamp: number }[];
  readonly gaps: readonly unknown[];
}

/** Follows one channel by name, for ever. */
const follow = async (pool: Pool, n: number): Promise<void> => {
  const name = `way-out-${n}`;
  const ask = async <T>(method: 'PUT' | 'POST', path: string, asked: object): Promise<T> => {
    const { statusCode, body } = await pool.request({
      method,
      path: `/consumers/${name}${path}?user=${name}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(asked),
    });
    if (statusCode !== 200) throw new Error(`${method} ${path} of ${name}: ${statusCode} ${await body.text()}`);
    return (await body.json()) as T;
  };
  await ask('PUT', '', { patterns: n === 0 ? [channelOf(n), CHANNEL] : [channelOf(n)], since: 'earliest' });
  const work = async (): Promise<void> => {
    for (;;) {
      const { fence, events, gaps } = await ask<Pulled>('POST', '/pull', { limit: LIMIT, wait: WAIT });
      if (gaps.length > 0) throw new Error(`${name} was told of a gap`);
      for (const { channel, offset, timestamp } of events) {
        if (channel !== CHANNEL) byName.hear(name, channel, offset, timestamp);
      }
      if (fence !== null) await ask('POST', '/ack', { fence });
    }
  };
  work().catch((error: Error) => {
    failed = error;
  });
};

const start = async ({ rabbitmqUrl, consumersUrl, queues, consumers, most }: Start): Promise<object> => {
  [byQueue, byName] = [new Heard(most), new Heard(most)];
  channels = consumers;
  model = await amqp.connect(rabbitmqUrl);
  await Promise.all(Array.from({ length: queues }, (_, queue) => consumeQueue(queue, queues)));
  const pool = new Pool(consumersUrl, { connections: consumers + 10, headersTimeout: 0, bodyTimeout: 0 });
  await Promise.all(Array.from({ length: consumers }, (_, n) => follow(pool, n)));
  return {};
};

const heardLeast = (): number => Math.min(byQueue.count, byName.count);

const run = async ({ events }: Run): Promise<object> => {
  byQueue.begin();
  byName.begin();
  const wire = await model.createConfirmChannel();
  const began = performance.now();
  for (let sent = 0; sent < events; ) {
    if (failed !== undefined) throw failed;
    if (sent - heardLeast() > WINDOW) {
      await pause(5);
      continue;
    }
    for (let n = 0; n < BATCH && sent < events; n++, sent++) {
      const options = { headers: { channel: channelOf(sent % channels) }, persistent: true, timestamp: Date.now() };
      wire.publish(topology.exchange, '', Buffer.from(JSON.stringify({ n: sent, text: TEXT })), options);
    }
    await wire.waitForConfirms();
  }
  while (heardLeast() < events) {
    if (failed !== undefined) throw failed;
    await pause(5);
  }
  const seconds = (performance.now() - began) / 1_000;
  await wire.close();
  const repeats = byQueue.repeats + byName.repeats;
  return { seconds, byQueue: byQueue.lag, byName: byName.lag, repeats };
};

answerRequests<Start | Run>((request) => ('queues' in request ? start(request) : run(request)));
process.send?.({ ready: true });
