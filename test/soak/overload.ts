import { setTimeout as pause } from 'node:timers/promises';
import amqp from 'amqplib';
import { Redis } from 'ioredis';
import { quantile } from '../../client/terminal/quantile.ts';
import { topologyOf } from '../../lib/rabbitmq/topology.ts';
import { Client } from '../e2e/client.ts';
import type { Stack } from '../faults/fault.ts';
import { type Course, courseOf } from './flat.ts';
import { onOwnStack } from './own-stack.ts';
import { type Measured, measure } from './processes.ts';

const CHANNELS = Array.from({ length: 16 }, (_, n) => `flood:${n}`);
const SHARDS = 4;
const CAPACITY = 5_000;
/** Publishes of the back-end under way. */
const UNDER_WAY = 2_000;
/** Clients beside it, and the milliseconds between two broadcasts of one. */
const CLIENTS = 10;
const EVERY = 200;
const SAMPLING = 2_000;
/** Milliseconds in which everything is to be delivered once the flood is over. */
const RECOVERY = 120_000;
const BODY = Buffer.from(JSON.stringify({ text: 'x'.repeat(200) }));
const MIB = 1_048_576;

export interface Overloaded {
  readonly seconds: number;
  /** Of the back-end’s messages. */
  readonly taken: number;
  readonly refused: number;
  /** Of the clients’ broadcasts, by how they were answered. */
  readonly answers: Readonly<Record<string, number>>;
  /** Milliseconds from a broadcast to its answer: the median, and what 99 of 100 stayed below. */
  readonly answered: { readonly p50: number; readonly p99: number };
  /** The most messages that waited in one shard, of the capacity. */
  readonly deepest: number;
  readonly capacity: number;
  /** Milliseconds after the flood until nothing waited and a broadcast was acked. */
  readonly recovery: number;
  /** Taken or acked, and not appended. */
  readonly lost: number;
  readonly courses: Readonly<Record<string, Course>>;
  readonly isWell: boolean;
}

/** A back-end that publishes as fast as it can, whatever it is told. */
const flood = async (url: string, signal: AbortSignal): Promise<{ taken: number; refused: number }> => {
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  const counts = { taken: 0, refused: 0 };
  const { exchange } = topologyOf({ shards: SHARDS });
  let underWay = 0;
  for (let n = 0; !signal.aborted; n++) {
    const headers = { channel: CHANNELS[n % CHANNELS.length] };
    underWay++;
    channel.publish(exchange, '', BODY, { messageId: `flood-${n}`, persistent: true, headers }, (refusal: unknown) => {
      underWay--;
      if (refusal) counts.refused++;
      else counts.taken++;
    });
    while (underWay >= UNDER_WAY) await pause(1);
  }
  while (underWay > 0) await pause(1);
  await connection.close();
  return counts;
};

/** A client that broadcasts at its own pace, and notes how it was answered and when. */
const broadcasts = async (url: string, n: number, signal: AbortSignal) => {
  const client = await Client.connect(url, `client-${n}`);
  const answers: { readonly answer: string; readonly took: number }[] = [];
  for (let sequence = 0; !signal.aborted; sequence++) {
    const began = performance.now();
    const channel = CHANNELS[(n + sequence) % CHANNELS.length];
    const { type, error } = await client.request({ type: 'broadcast', channel, data: null });
    client.heard.length = 0;
    const answer = type === 'ack' ? 'ack' : String((error as { code?: string } | undefined)?.code);
    answers.push({ answer, took: performance.now() - began });
    await pause(EVERY);
  }
  await client.close();
  return answers;
};

/** How many events the histories of all channels hold or held. */
const appended = async (url: string): Promise<number> => {
  const client = new Redis(url);
  const offsets = await Promise.all(CHANNELS.map((channel) => client.hget(`rts:h:{${channel}}:counters`, 'offset')));
  client.disconnect();
  return offsets.reduce((sum, offset) => sum + Number(offset ?? 0), 0);
};

const run = async (stack: Stack, heaps: string, seconds: number, say: (line: string) => void): Promise<Overloaded> => {
  const { websocketUrl: url } = stack.emulator;
  const broker = await amqp.connect(stack.rabbitmq.url);
  const looking = await broker.createChannel();
  const depths = async (): Promise<number[]> => {
    const states = await Promise.all(topologyOf({ shards: SHARDS }).shards.map((queue) => looking.checkQueue(queue)));
    return states.map(({ messageCount }) => messageCount);
  };
  const listener = await Client.connect(url, 'listener', 'batch');
  await listener.request({ type: 'subscribe', patterns: ['flood:*'] });
  const forgetting = setInterval(() => listener.heard.splice(0), 1_000);

  const flooding = new AbortController();
  const publishing = flood(stack.rabbitmq.url, flooding.signal);
  const broadcasting = Promise.all(Array.from({ length: CLIENTS }, (_, n) => broadcasts(url, n, flooding.signal)));
  const samples: (Measured & { readonly at: number })[] = [];
  let deepest = 0;
  const began = Date.now();
  while (Date.now() - began < seconds * 1_000) {
    const waiting = await depths();
    deepest = Math.max(deepest, ...waiting);
    samples.push({ ...(await measure(stack, heaps)), at: Date.now() - began });
    await pause(SAMPLING);
  }
  flooding.abort();
  const over = Date.now();
  const { taken, refused } = await publishing;
  const answers = (await broadcasting).flat();
  say(`${taken} messages taken and ${refused} refused in ${seconds} s; at most ${deepest} waited in a shard`);

  const last = await Client.connect(url, 'last');
  let after = 'none';
  while (Date.now() - over < RECOVERY) {
    const waiting = await depths();
    after = (await last.request({ type: 'broadcast', channel: 'after', data: null })).type;
    if (after === 'ack' && waiting.every((depth) => depth === 0)) break;
    await pause(100);
  }
  const recovery = Date.now() - over;
  const acked = answers.filter(({ answer }) => answer === 'ack').length;
  const settled = Date.now();
  while ((await appended(stack.redis.url)) < taken + acked && Date.now() - settled < 10_000) await pause(100);
  const lost = taken + acked - (await appended(stack.redis.url));
  clearInterval(forgetting);
  await Promise.all([listener.close(), last.close()]);
  await broker.close();

  const took = answers.map((answer) => answer.took);
  const kinds = Map.groupBy(answers, ({ answer }) => answer);
  const courses = Object.fromEntries(
    ['emulator, resident', 'fan-out, resident', 'rabbitmq, resident'].map((name) => [
      name,
      // What a process takes at first is given time by the first third.
      courseOf(
        samples.map((sample) => ({ at: sample.at, value: sample[name] as number })),
        { share: 0.15, amount: 32 * MIB },
      ),
    ]),
  );
  const unexpected = [...kinds.keys()].some((answer) => answer !== 'ack' && answer !== 'OVERLOADED');
  return {
    seconds,
    taken,
    refused,
    answers: Object.fromEntries([...kinds].map(([answer, all]) => [answer, all.length])),
    answered: { p50: Math.round(quantile(took, 0.5)), p99: Math.round(quantile(took, 0.99)) },
    deepest,
    capacity: CAPACITY,
    recovery,
    lost,
    courses,
    isWell:
      lost === 0 &&
      refused > 0 &&
      !unexpected &&
      after === 'ack' &&
      deepest < 2 * CAPACITY &&
      Object.values(courses).every(({ isFlat }) => isFlat),
  };
};

/** The result, for people. */
export const report = (result: Overloaded): string =>
  [
    `${result.seconds} s of more than can be delivered, into queues of ${result.capacity}:`,
    `back-end: ${result.taken} taken, ${result.refused} refused; clients: ${JSON.stringify(result.answers)}, answered in ${result.answered.p50} ms (p50), ${result.answered.p99} ms (p99);`,
    `at most ${result.deepest} messages waited in a shard; ${result.lost} lost; recovered after ${(result.recovery / 1_000).toFixed(1)} s;`,
    ...Object.entries(result.courses).map(
      ([name, { middle, last, isFlat }]) =>
        `${name}: ${(middle / MIB).toFixed(0)} MiB, then ${(last / MIB).toFixed(0)} MiB, ${isFlat ? 'flat' : 'NOT FLAT'}`,
    ),
    result.isWell ? 'All well.' : 'NOT well.',
  ].join('\n');

/** Floods a service with servers of its own for so many seconds, and watches how it sheds and recovers. */
export const overload = (seconds: number, say: (line: string) => void): Promise<Overloaded> =>
  onOwnStack(
    {
      strict: false,
      env: {
        RABBITMQ_SHARDS: String(SHARDS),
        RABBITMQ_SHARD_CAPACITY: String(CAPACITY),
        EVENT_REPLAY_MAX_EVENTS: '1000',
        WS_HEARTBEAT_INTERVAL: '30000',
      },
    },
    (stack, heaps) => run(stack, heaps, seconds, say),
  );
