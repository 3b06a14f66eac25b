import { ApiGateway } from '../../lib/gateway/api-gateway.ts';
import type { Transport } from '../../lib/gateway/transport.ts';
import { MemoryPostings } from '../../lib/memory/postings.ts';
import { MemoryStore } from '../../lib/memory/store.ts';
import { VirtualClock } from '../../lib/memory/virtual-clock.ts';
import { DependencyAway } from '../../lib/ports/dependency.ts';
import { NO_CAPABILITIES } from '../../lib/protocol/capabilities.ts';
import { DeadlineExceeded } from '../../lib/sync/deadline.ts';
import { deliver, type Outbox } from '../../lib/sync/deliver.ts';
import { Progress } from '../../lib/sync/progress.ts';
import { Turns } from '../../lib/sync/turns.ts';
import { seededRandom } from '../../localstack/strict/random.ts';
import { TokenBucket } from '../../localstack/strict/token-bucket.ts';
import type { Measure, Suite } from '../measure.ts';

/** API Gateway’s default quota for an account in a region: requests a second, and how many at once. */
const QUOTA = 10_000;
const BURST = 5_000;
const SHARDS = 4;
const PAGE = 1_000;
const ENDPOINT = 'https://api.execute-api.us-east-1.amazonaws.com/prod';
/** Milliseconds to which times are rounded up, so that many posts are due at once. */
const STEP = 0.25;
const FRAME = new TextEncoder().encode('{"type":"event"}');

/** Milliseconds of one post, as a region’s own requests take: most near ten, a few many times that. */
const serviceTime = (random: () => number): number => {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return 9 * Math.exp(0.45 * normal);
};

/** A gateway that has API Gateway’s quota and service times, and no sockets. */
class SimulatedGateway implements Transport {
  readonly #time: VirtualClock;
  readonly #bucket: TokenBucket;
  readonly #random = seededRandom(3);
  taken = 0;
  refused = 0;
  /** Where posts were taken. */
  readonly reached = new Set<string>();

  constructor(time: VirtualClock) {
    this.#time = time;
    this.#bucket = new TokenBucket(QUOTA, BURST, time.elapsed());
  }

  async post(_origin: string, path: string): Promise<number> {
    await this.#time.sleep(serviceTime(this.#random) / 2);
    const isTaken = this.#bucket.take(this.#time.elapsed());
    if (isTaken) {
      this.taken++;
      // What is asked besides is whether the quota is back, of a connection that there is not.
      if (LISTENER.test(path)) this.reached.add(path);
    } else this.refused++;
    await this.#time.sleep(serviceTime(this.#random) / 2);
    return isTaken ? 200 : 429;
  }

  async end(): Promise<void> {}
}

/** In the order of the numbers, which is that of the texts as well. */
const idOf = (shard: number, number: number): string => `${shard}-${String(number).padStart(7, '0')}`;

const LISTENER = /\/\d-\d{7}$/;

/** @param upTo - the id of the last one that is left out; undefined for all. */
async function* pagesOf(shard: number, listeners: number, upTo?: string): AsyncGenerator<readonly Outbox[]> {
  for (
    let from = upTo === undefined ? 0 : Number(upTo.slice(upTo.indexOf('-') + 1)) + 1;
    from < listeners;
    from += PAGE
  ) {
    yield Array.from({ length: Math.min(PAGE, listeners - from) }, (_, i) => ({
      connection: { id: idOf(shard, from + i), user: 'alice', endpoint: ENDPOINT, capabilities: NO_CAPABILITIES },
      frames: [FRAME],
      events: 1,
    }));
  }
}

const UNMEASURED = { count: () => undefined };

/** Milliseconds of one invocation of the fan-out, and more of them than one event could take. */
const INVOCATION = 24_000;
const MOST_INVOCATIONS = 100;

/**
 * One event to so many listeners, shared by the shards, each with the gateway adapter and delivery that production runs. An
 * invocation whose time is over leaves the rest to the next one.
 */
const broadcast = async (listeners: number) => {
  const time = new VirtualClock(STEP);
  const postings = new MemoryPostings(new MemoryStore(time), time);
  const directory = { because: async () => undefined, close: async () => undefined, leave: async () => undefined };
  const transport = new SimulatedGateway(time);
  let invocations = 0;

  /** @returns whether it came to the end. */
  const invoke = async (number: number, gateway: ApiGateway): Promise<boolean> => {
    invocations++;
    const deadline = time.elapsed() + INVOCATION;
    try {
      await new Turns(postings, time).hold(`events.${number}`, deadline, async (held, unfinished) => {
        if (unfinished === undefined) await held.begin([], true);
        const of = unfinished?.fence ?? held.turn.fence;
        await deliver(
          { gateway, directory, clock: time, meter: UNMEASURED },
          pagesOf(number, listeners / SHARDS, unfinished?.upTo),
          deadline,
          new Progress(held, of, time),
        );
      });
      return true;
    } catch (error) {
      // Either says that there was no time for the rest.
      if (error instanceof DeadlineExceeded || error instanceof DependencyAway) return false;
      throw error;
    }
  };
  const shard = async (number: number): Promise<void> => {
    // A function that is warm knows the pace.
    const gateway = new ApiGateway({ endpoint: ENDPOINT, region: 'us-east-1', credentials: undefined }, time, {
      transport,
    });
    for (let tries = 0; tries < MOST_INVOCATIONS; tries++) if (await invoke(number, gateway)) return;
  };
  await time.run(Promise.all(Array.from({ length: SHARDS }, (_, number) => shard(number))));
  const seconds = time.elapsed() / 1_000;
  return {
    listeners,
    invocations,
    reached: transport.reached.size,
    seconds,
    // What the quota would have let through in that time, its burst included.
    share: transport.taken / (QUOTA * seconds + BURST),
    refused: transport.refused / (transport.taken + transport.refused),
  };
};

/**
 * The longest queue of a shard whose listeners are told of events at a steady rate: events wait while a batch is posted,
 * and then travel together, so that the queue does not grow for ever.
 */
const queueGrowth = (listeners: number, rate: number): number => {
  // A batch takes as long as the quota needs for one frame per listener, two where a hundred events of 400 bytes fill them.
  const batchSeconds = (events: number): number => (listeners * Math.ceil((events * 400) / 32_768)) / QUOTA;
  let [waiting, most] = [1, 1];
  for (let second = 0; second < 600; ) {
    const batch = Math.min(100, Math.floor(waiting));
    const took = Math.max(0.01, batchSeconds(batch));
    waiting += rate * took - batch;
    most = Math.max(most, waiting);
    second += took;
  }
  return most;
};

/** What a broadcast to very many costs in time, by a simulated gateway. */
export const scale: Suite = async (say, { quick }) => {
  const sizes = quick ? [1_000, 10_000, 100_000, 300_000] : [1_000, 10_000, 100_000, 1_000_000];
  say(
    `simulated: a token bucket of ${QUOTA}/s and ${BURST}, service times around 9 ms, ${SHARDS} shards; run: deliver, pace`,
  );
  const measures: Measure[] = [];
  let largest = { share: 0, refused: 0, reached: 0, listeners: 0 };
  for (const size of sizes) {
    const run = await broadcast(size);
    largest = run;
    const least = Math.max(0, size - BURST) / QUOTA;
    say(
      `${size} listeners: the last after ${run.seconds.toFixed(2)} s (the quota alone: ${least.toFixed(2)} s), in ${run.invocations} invocations, ${(100 * run.refused).toFixed(2)} % refused, queue at 10 events/s ${queueGrowth(size, 10).toFixed(0)}`,
    );
    measures.push({ name: `scale.last-listener-${size}`, value: run.seconds, unit: 's', better: 'lower' });
  }
  return [
    { name: 'scale.quota-share', value: largest.share, unit: '', target: 0.95, better: 'higher' },
    { name: 'scale.throttled', value: largest.refused, unit: '', target: 0.01, better: 'lower' },
    ...measures,
    { name: 'fanout.large-audience', value: largest.reached, unit: '', target: largest.listeners, better: 'higher' },
  ];
};
