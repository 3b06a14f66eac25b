import amqp from 'amqplib';
import { topologyOf } from '../../lib/rabbitmq/topology.ts';
import type { FunctionProcess } from './function-process.ts';
import type { Load } from './load.ts';
import { NamedConsumer } from './named-consumer.ts';
import type { QueueConsumer } from './queue-consumer.ts';
import { Recorder } from './recorder.ts';
import type { Steps } from './steps.ts';
import type { TcpProxy } from './tcp-proxy.ts';

/** A function in a process of its own, and what it says to its servers. */
export interface Stepping {
  readonly process: Pick<FunctionProcess, 'start' | 'kill' | 'freeze' | 'stop'>;
  readonly steps: Steps;
  /** All that it says goes through these. */
  readonly proxies: readonly TcpProxy[];
}

/** The way out: the functions that are on it, and the queues that back-ends have. */
export interface WayOut {
  /** It publishes to back-ends. */
  readonly appended: Stepping & { readonly process: FunctionProcess };
  /** It answers named consumers. */
  readonly consumers: Stepping;
  readonly fanOut: Stepping;
  /** Where named consumers are asked for. */
  readonly consumersUrl: string;
  readonly queues: readonly QueueConsumer[];
}

/** Queues that consume all that is appended, and named consumers, with workers of each. */
const QUEUES = 2;
const NAMED = 2;
const WORKERS = 2;

/** Declares the queues of back-ends, which stay for as long as their broker. */
export const declareQueues = async (url: string): Promise<readonly string[]> => {
  const model = await amqp.connect(url);
  const channel = await model.createChannel();
  const names = Array.from({ length: QUEUES }, (_, n) => `back-end.${n}`);
  for (const name of names) {
    await channel.assertQueue(name, {
      durable: true,
      arguments: { 'x-queue-type': 'quorum', 'x-single-active-consumer': true },
    });
    await channel.bindQueue(name, topologyOf({ shards: 1 }).appended, '#');
  }
  await model.close();
  return names;
};

/** Those who hear of a run by the way out. */
export class BackEnds {
  readonly names: readonly string[];
  readonly named: readonly NamedConsumer[];
  readonly queues: readonly QueueConsumer[];

  private constructor(names: readonly string[], named: readonly NamedConsumer[], queues: readonly QueueConsumer[]) {
    this.names = names;
    this.named = named;
    this.queues = queues;
  }

  /** @param run - tells runs apart that share a service. */
  static async start({ queues, consumersUrl }: WayOut, load: Load, run: string): Promise<BackEnds> {
    const { seen, channels } = load;
    const names = queues.map((_, n) => `queue-${n}`);
    for (const [n, queue] of queues.entries()) {
      queue.record(new Recorder(seen, names[n] as string), (channel) => channels.includes(channel));
    }
    const consumers = Array.from({ length: NAMED }, (_, n) => `named-${run}-${n}`);
    const named = consumers.map((name) => new NamedConsumer(consumersUrl, name, seen));
    await Promise.all(named.map((each) => each.start(load.pattern, WORKERS)));
    const all = [...names, ...consumers];
    for (const listener of all) {
      // No private event is for it.
      seen.push({ type: 'listening', at: Date.now(), listener, user: '', channels });
    }
    return new BackEnds(all, named, queues);
  }

  async stop(): Promise<void> {
    await Promise.all(this.named.map((each) => each.stop()));
  }
}
