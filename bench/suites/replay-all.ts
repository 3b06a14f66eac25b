import { randomBytes, randomUUID } from 'node:crypto';
import { MemoryMeter } from '../../lib/memory/meter.ts';
import type { Broadcast } from '../../lib/ports/broadcast.ts';
import { parseChannel } from '../../lib/protocol/channel.ts';
import { connectRedis, type RedisClient } from '../../lib/redis/client.ts';
import { RedisHistory } from '../../lib/redis/history.ts';
import { keysUnder } from '../../lib/redis/keys.ts';
import { RedisScratch } from '../../lib/redis/scratch.ts';
import { RedisSubscriptions } from '../../lib/redis/subscriptions.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { replay } from '../../lib/sync/replay/replay.ts';
import { connection } from '../../test/unit/sync/world.ts';
import { type Measure, median } from '../measure.ts';

const CHANNELS = 100_000;
const FIRST_SEGMENTS = 1_000;
const PAGES = 20;
const EVENTS = 1_000;
const ROUNDS = 5;

/** Milliseconds; longer than the bench takes. */
const RETENTION = 3_600_000;

const alice = connection('bench', 'alice');

const event = (channel: string, id: string, bytes = 150): Broadcast => ({
  ...{ id, channel: parseChannel(channel), category: 'bench', priority: 'normal', userId: 'bob' },
  data: JSON.stringify(randomBytes(bytes).toString('base64')),
});

const servicesOn = (client: RedisClient) => {
  const keys = keysUnder(`bench-${randomUUID()}:`);
  const meter = new MemoryMeter();
  const settings = { enabled: true, retention: RETENTION, maxEvents: 10_000, compression: 6 };
  const history = new RedisHistory(client, keys, settings, meter, systemClock);
  const subscriptions = new RedisSubscriptions(client, keys);
  const scratch = new RedisScratch(client, keys);
  const world = {
    ...{ history, subscriptions, scratch, meter },
    replay: { enabled: true, retention: RETENTION, batchSize: EVENTS, maxEvents: 10_000 },
  };
  return { client, history, subscriptions, scratch, world };
};

/** What a page of everything costs, where there is an event in each of very many channels. */
const pageOfAll = async (
  { history, subscriptions, scratch, world }: ReturnType<typeof servicesOn>,
  say: (line: string) => void,
): Promise<readonly Measure[]> => {
  await subscriptions.add(alice, [{ text: '**', found: { byShape: '**' } }], 10);
  const since = Date.now();
  for (let n = 0; n < CHANNELS; n += 1_000) {
    const batch = Array.from({ length: 1_000 }, (_, i) => event(`all${(n + i) % FIRST_SEGMENTS}:${n + i}`, `${n + i}`));
    await history.append(batch);
  }
  let cursor = 0;
  const save = scratch.saveCursor.bind(scratch);
  scratch.saveCursor = (user, content) => {
    cursor = Math.max(cursor, Buffer.byteLength(content));
    return save(user, content);
  };
  const measured = async (order: 'channel' | 'time') => {
    const taken: number[] = [];
    cursor = 0;
    let next: string | null = null;
    for (let n = 0; n < PAGES; n++) {
      const began = performance.now();
      const question = next === null ? { since, order } : { cursor: next };
      const answer = await replay(world, alice, { type: 'replay', requestId: n, limit: EVENTS, ...question });
      taken.push(performance.now() - began);
      if (answer.events.length !== EVENTS) throw new Error(`a page has ${answer.events.length} events`);
      ({ next } = answer);
    }
    say(
      `of ${CHANNELS} channels, by ${order}: a page of ${EVENTS} takes ${median(taken).toFixed(0)} ms, cursor ${cursor} bytes`,
    );
    return { time: median(taken), cursor };
  };
  const byChannel = await measured('channel');
  const byTime = await measured('time');
  return [
    { name: 'replay.page-of-all', value: byChannel.time, unit: 'ms', target: 150, better: 'lower' },
    { name: 'replay.cursor', value: byChannel.cursor, unit: 'B', target: 2_048, better: 'lower' },
    { name: 'replay.page-of-all-by-time', value: byTime.time, unit: 'ms', target: 1_000, better: 'lower' },
  ];
};

/** The longest that Redis stands still for one step, by its own slow log, under loads that were long before. */
const longestStep = async (
  { client, history, subscriptions, world }: ReturnType<typeof servicesOn>,
  say: (line: string) => void,
): Promise<Measure> => {
  const texts = (of: string) => Array.from({ length: 1_000 }, (_, i) => `${of}:${i}`);
  const loads: Readonly<Record<string, (round: string) => Promise<unknown>>> = {
    'two thousand events of one channel': (round) =>
      history.append(Array.from({ length: 2_000 }, (_, i) => event(`many-${round}`, `${i}`))),
    'eight megabytes of one channel': (round) =>
      history.append(Array.from({ length: 40 }, (_, i) => event(`large-${round}`, `${i}`, 150_000))),
    'a thousand channels at once': (round) => history.append(texts(`wide-${round}`).map((text) => event(text, '1'))),
    'reading what is large': (round) =>
      history.read([{ name: { channel: `large-${round}` }, from: { since: 0 }, most: 1_000 }], {}),
    'reading what is rare': (round) =>
      history.read([{ name: { channel: `many-${round}` }, from: { since: 0 }, most: 1_000 }], { categories: ['rare'] }),
    'a thousand subscriptions': (round) =>
      subscriptions.add(
        connection(round, 'alice'),
        texts(round).map((text) => ({ text, found: 'by-name' })),
        10_000,
      ),
    'leaving a thousand': (round) => subscriptions.remove(connection(round, 'alice'), texts(round)),
    'a page of everything': () =>
      replay(world, alice, { type: 'replay', requestId: 1, since: 0, limit: EVENTS, order: 'channel' }),
  };
  await client.config('SET', 'slowlog-log-slower-than', '100');
  await client.config('SET', 'slowlog-max-len', '10000');
  let longest = { time: 0, load: '' };
  for (const [load, run] of Object.entries(loads)) {
    const times: number[] = [];
    for (let n = 0; n < ROUNDS; n++) {
      await client.slowlog('RESET');
      await run(`round-${n}`);
      const entries = (await client.slowlog('GET', -1)) as readonly (readonly [
        id: number,
        at: number,
        taken: number,
      ])[];
      times.push(entries.reduce((most, [, , taken]) => Math.max(most, taken / 1_000), 0));
    }
    // Of several rounds the middle one: where others run beside it, a step may wait for the processor.
    say(`${load}: the longest step takes ${median(times).toFixed(1)} ms`);
    if (median(times) > longest.time) longest = { time: median(times), load };
  }
  say(`the longest of all is of ${longest.load}`);
  return { name: 'redis.longest-step', value: longest.time, unit: 'ms', target: 20, better: 'lower' };
};

/** A replay under everything, of very many channels, and for how long Redis does nothing else. */
export const replayOfAll = async (redisUrl: string, say: (line: string) => void): Promise<readonly Measure[]> => {
  const client = connectRedis({ url: redisUrl, cluster: false }, () => undefined);
  try {
    const services = servicesOn(client);
    return [...(await pageOfAll(services, say)), await longestStep(services, say)];
  } finally {
    client.disconnect();
  }
};
