import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { type Client, connect, type WebSocketConstructor } from '../../client/src/index.ts';
import { MemoryMeter } from '../../lib/memory/meter.ts';
import { parseChannel } from '../../lib/protocol/channel.ts';
import { connectRedis, type RedisClient } from '../../lib/redis/client.ts';
import { RedisHistory } from '../../lib/redis/history.ts';
import { keysUnder } from '../../lib/redis/keys.ts';
import { RedisScratch } from '../../lib/redis/scratch.ts';
import { RedisSubscriptions } from '../../lib/redis/subscriptions.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { replay as answerReplay } from '../../lib/sync/replay/replay.ts';
import { PLAIN } from '../../test/frames.ts';
import { connection } from '../../test/unit/sync/world.ts';
import { type Measure, median, type Suite } from '../measure.ts';
import { roundTripsOf } from '../round-trips.ts';
import { startStack } from '../stack.ts';
import { replayOfAll } from './replay-all.ts';

const AWAY = 10_000;
/** Of these and of the stored ones, where only our own are measured: a few seconds must do. */
const AWAY_OWN = 3_000;
const CHANNELS = 50;
const STORED = [1_000, 100_000, 1_000_000];
const STORED_OWN = [20_000];
const PAGES = 200;
const PATIENCE = 120_000;
const MEGABYTE = 1_048_576;

type Say = (line: string) => void;

/** Sockets that can be cut, and that are refused while the client is to be away. */
const gate = () => {
  let isOpen = true;
  const sockets: WebSocket[] = [];
  class Gated extends WebSocket {
    constructor(url: string, protocols?: string[]) {
      super(isOpen ? url : 'ws://127.0.0.1:1', protocols);
      this.on('error', () => undefined);
      sockets.push(this);
    }
  }
  return {
    webSocket: Gated as unknown as WebSocketConstructor,
    leave: () => {
      isOpen = false;
      sockets.at(-1)?.terminate();
    },
    comeBack: () => {
      isOpen = true;
    },
  };
};

/** What a client missed, in many channels, and how long it takes until it has heard all of it. */
const away = async (url: string, events: number, say: Say) => {
  const run = randomUUID().slice(0, 8);
  const door = gate();
  const heard = new Map<string, number[]>();
  let count = 0;
  let complete = Promise.withResolvers<void>();
  const alice = connect({ url, user: 'alice', webSocket: door.webSocket, backoff: { first: 100, most: 100 } });
  const bob: Client = connect({ url, user: 'bob', webSocket: WebSocket as unknown as WebSocketConstructor });
  try {
    await alice.subscribe(`away-${run}:*`, ({ channel, data }) => {
      const own = heard.get(channel) ?? [];
      heard.set(channel, own);
      own.push(data as number);
      if (++count === events) complete.resolve();
    }).ready;
    door.leave();
    const began = performance.now();
    for (let n = 0; n < events; n += 500) {
      const some = Array.from({ length: 500 }, (_, i) => bob.broadcast(`away-${run}:${(n + i) % CHANNELS}`, n + i));
      await Promise.all(some);
    }
    say(`${events} events published in ${((performance.now() - began) / 1_000).toFixed(1)} s while the client is away`);
    // Acknowledged is in the queue; the history has it all once all can be replayed.
    await bob.subscribe(`away-${run}:*`, () => undefined).ready;
    for (let seen = 0; seen < events; ) {
      seen = (await bob.replay({ since: Date.now() - 3_600_000, limit: events })).events.length;
      if (seen < events) await new Promise((resolve) => setTimeout(resolve, 100));
    }
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    const back = performance.now();
    door.comeBack();
    const late = setTimeout(() => complete.reject(new Error(`heard ${count} of ${events} events`)), PATIENCE);
    await complete.promise.finally(() => clearTimeout(late));
    complete = Promise.withResolvers();
    const time = performance.now() - back;
    const memory = (process.memoryUsage().rss - before) / MEGABYTE;
    for (let channel = 0; channel < CHANNELS; channel++) {
      const expected = Array.from({ length: events / CHANNELS }, (_, i) => i * CHANNELS + channel);
      const own = heard.get(`away-${run}:${channel}`);
      if (JSON.stringify(own) !== JSON.stringify(expected)) throw new Error(`channel ${channel} is out of order`);
    }
    const { gaps, duplicates } = alice.counts;
    if (gaps > 0) throw new Error(`${gaps} gaps were declared`);
    say(`all of them heard in ${CHANNELS} channels, each in order, ${duplicates} left out as heard before`);
    return { time, memory };
  } finally {
    await Promise.all([alice.close(), bob.close()]);
  }
};

/** The handler of `replay` on a history of its own. */
const handlerOn = (client: RedisClient) => {
  const keys = keysUnder(`bench-${randomUUID()}:`);
  const settings = { enabled: true, retention: 3_600_000, maxEvents: 1_000_000, compression: 6 };
  const meter = new MemoryMeter();
  const history = new RedisHistory(client, keys, settings, meter, systemClock);
  const subscriptions = new RedisSubscriptions(client, keys);
  const world = {
    history,
    subscriptions,
    scratch: new RedisScratch(client, keys),
    meter,
    replay: { enabled: true, retention: 3_600_000, batchSize: 100, maxEvents: 10_000 },
  };
  return { history, subscriptions, world };
};

const caller = connection('bench', 'alice');

/** Counts the round trips of a task. */
const counting = (client: RedisClient) => {
  const made = roundTripsOf(client);
  return {
    of: async (task: () => Promise<unknown>): Promise<number> => {
      made.count = 0;
      await task();
      return made.count;
    },
  };
};

/** Time and round trips of a page of 100 events, by how many are stored. */
const growth = async (redisUrl: string, sizes: readonly number[], say: Say): Promise<readonly Measure[]> => {
  const client = connectRedis({ url: redisUrl, cluster: false }, () => undefined);
  try {
    const times: number[] = [];
    let trips = 0;
    for (const stored of sizes) {
      const { history, subscriptions, world } = handlerOn(client);
      const channels = Array.from({ length: CHANNELS }, (_, i) => parseChannel(`bench:${i}`));
      await subscriptions.add(caller, [{ text: 'bench:*', found: { byShape: 'bench:*' } }], 1_000);
      const data = JSON.stringify({ text: 'x'.repeat(150) });
      let since = 0;
      for (let n = 0; n < stored; n += 1_000) {
        const batch = Array.from({ length: 1_000 }, (_, i) => ({
          id: `${n + i}`,
          channel: channels[i % CHANNELS] as (typeof channels)[number],
          category: 'bench',
          priority: 'normal' as const,
          data,
          userId: 'bob',
        }));
        if (n + 1_000 < stored) await history.append(batch);
        else {
          await history.append(batch.slice(0, 900));
          await new Promise((resolve) => setTimeout(resolve, 20));
          since = (await history.time()).earliest;
          await history.append(batch.slice(900));
        }
      }
      const page = async () => {
        const answer = await answerReplay(world, caller, { type: 'replay', requestId: 1, since });
        const frames = [...PLAIN.frames(answer, caller.capabilities)];
        return frames.flatMap((frame) => (JSON.parse(frame) as { events: unknown[] }).events).length;
      };
      const found = await page();
      if (found !== 100) throw new Error(`the page has ${found} events`);
      const taken: number[] = [];
      for (let n = 0; n < PAGES; n++) {
        const began = performance.now();
        await page();
        taken.push(performance.now() - began);
      }
      times.push(median(taken));
      trips = await counting(client).of(page);
      say(`${stored} events stored: a page of 100 takes ${median(taken).toFixed(2)} ms, ${trips} round trips`);
    }
    return [
      { name: 'replay.page-time', value: times.at(-1) as number, unit: 'ms', better: 'lower' },
      {
        name: 'replay.cost-growth',
        value: (times.at(-1) as number) / (times[0] as number),
        unit: '',
        target: 2,
        better: 'lower',
      },
      { name: 'replay.page-round-trips', value: trips, unit: '', better: 'lower' },
    ];
  } finally {
    client.disconnect();
  }
};

/** Coming back after a while away, and what a page costs by how much is stored. */
export const replay: Suite = async (say, { own }) => {
  say('rate limits are off, so that one client may publish as fast as it can');
  const stack = await startStack(say, { RATE_LIMIT_ENABLED: 'false' });
  try {
    const events = own ? AWAY_OWN : AWAY;
    const { time, memory } = await away(stack.websocketUrl, events, say);
    const emulator = stack.emulatorMemory() / MEGABYTE;
    return [
      { name: 'replay.away-events', value: events, unit: '', better: 'higher' },
      { name: 'replay.away-time', value: time, unit: 'ms', better: 'lower' },
      { name: 'replay.client-memory', value: memory, unit: 'MB', better: 'lower' },
      { name: 'replay.emulator-memory', value: emulator, unit: 'MB', better: 'lower' },
      ...(await growth(stack.redisUrl, own ? STORED_OWN : STORED, say)),
      ...(own ? [] : await replayOfAll(stack.redisUrl, say)),
    ];
  } finally {
    await stack.stop();
  }
};
