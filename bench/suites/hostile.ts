import { randomBytes } from 'node:crypto';
import { MemoryDirectory } from '../../lib/memory/directory.ts';
import { ManualClock } from '../../lib/memory/manual-clock.ts';
import { MemoryMeter } from '../../lib/memory/meter.ts';
import { MemoryStore } from '../../lib/memory/store.ts';
import { parseChannel } from '../../lib/protocol/channel.ts';
import { NO_COMPRESSION } from '../../lib/protocol/compression.ts';
import { parsePattern } from '../../lib/protocol/pattern.ts';
import { connectRedis, type RedisClient } from '../../lib/redis/client.ts';
import { RedisDirectory } from '../../lib/redis/directory.ts';
import { RedisHistory } from '../../lib/redis/history.ts';
import { type Keys, keysUnder } from '../../lib/redis/keys.ts';
import { RedisRateLimiter } from '../../lib/redis/rate-limiter.ts';
import { RedisScratch } from '../../lib/redis/scratch.ts';
import { RedisSubscriptions } from '../../lib/redis/subscriptions.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { PatternIndex } from '../../lib/sync/match/pattern-index.ts';
import { ReadsInTurn } from '../../lib/sync/reads-in-turn.ts';
import type { ReceiveWorld } from '../../lib/sync/receive.ts';
import { answered, PLAIN } from '../../test/frames.ts';
import { WatchedBus } from '../../test/unit/sync/watched-bus.ts';
import { WatchedGateway } from '../../test/unit/sync/watched-gateway.ts';
import { WatchedLimiter } from '../../test/unit/sync/watched-limiter.ts';
import { connection } from '../../test/unit/sync/world.ts';
import { type Measure, median, type Suite } from '../measure.ts';

/** Each takes an engine that backtracks time exponential in the channel, or a high power of it. */
const REGEXES = ['(a+)+$', '(a|a)*$', '(a*)*b', '(.*a){12}', '((a+)+)+$', '(a|aa)+$', '([a-z]+)*!!', '^(\\w+\\s?)*$'];
/** What JavaScript's own engine is given of the first: each character more doubles its time. */
const SHORT = 24;
const ROUNDS = 7;
const MATCHES = 500;

/** Frames that a connection may send, and then as many that it may not. */
const FLOOD = 500;
const UNREACHED = 1_000_000_000;

const SUBSCRIPTIONS = 10_000;
const PER_REQUEST = 1_000;

/** Longest channels, all different, so that no answer is a remembered one. */
const channels = Array.from({ length: MATCHES }, (_, i) =>
  parseChannel(`${'a'.repeat(195)}!${String(i).padStart(4, '0')}`),
);

/** Microseconds of one match of one pattern. */
const timeOf = (regex: string): number => {
  const index = new PatternIndex();
  index.add(parsePattern(`/${regex}/`));
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const began = performance.now();
    for (const channel of channels) index.match(channel);
    if (round > 0) times.push(((performance.now() - began) * 1_000) / MATCHES);
  }
  return median(times);
};

const worldOn = (client: RedisClient, keys: Keys): ReceiveWorld => {
  const meter = new MemoryMeter();
  const replay = { enabled: true, retention: 60_000, batchSize: 100, maxEvents: 1_000, compression: 0 };
  const store = new MemoryStore(systemClock);
  return {
    subscriptions: new RedisSubscriptions(client, keys),
    history: new RedisHistory(client, keys, replay, meter, systemClock),
    scratch: new RedisScratch(client, keys),
    directory: new MemoryDirectory(store, meter),
    limiter: new WatchedLimiter(),
    bus: new WatchedBus(),
    gateway: new WatchedGateway(),
    authenticator: undefined,
    compression: NO_COMPRESSION,
    encoder: PLAIN,
    reads: new ReadsInTurn(),
    clock: new ManualClock(),
    limits: { messageSize: 2 ** 20, subscriptions: PER_REQUEST, patterns: 1_000 },
    replay,
    meter,
    onAnswered: () => undefined,
    onFailure: (error) => console.error(error),
  };
};

/** Milliseconds of a request, which has to be answered by the code. */
const refusal = async (world: ReceiveWorld, patterns: readonly string[], code: string): Promise<number> => {
  const frame = JSON.stringify({ type: 'subscribe', patterns });
  const began = performance.now();
  const [answer = ''] = await answered(world, connection('hostile', 'mallory'), frame);
  const time = performance.now() - began;
  if (!answer.includes(code)) throw new Error(`expected ${code}: ${answer.slice(0, 200)}`);
  return time;
};

/** Microseconds of processor that one frame takes, while the limit lets it pass and once it refuses it. */
const frameCost = async (client: RedisClient, keys: Keys) => {
  const limits = {
    enabled: true,
    duration: 3_600_000,
    block: 0,
    points: { connection: FLOOD, user: UNREACHED, global: UNREACHED },
    backEnd: UNREACHED,
    types: {},
    allowed: [],
  };
  const world: ReceiveWorld = {
    ...worldOn(client, keys),
    directory: new RedisDirectory(client, keys, new MemoryMeter()),
    limiter: new RedisRateLimiter(client, keys, limits, (error) => console.error(error)),
  };
  const costs = { taken: [] as number[], refused: [] as number[] };
  for (let round = 0; round <= ROUNDS; round++) {
    for (const what of ['taken', 'refused'] as const) {
      const before = process.cpuUsage();
      for (let n = 0; n < FLOOD; n++) await answered(world, connection(`flooder-${round}`), '{"type":"ping"}');
      const { user, system } = process.cpuUsage(before);
      if (round > 0) costs[what].push((user + system) / FLOOD);
    }
  }
  return { taken: median(costs.taken), refused: median(costs.refused) };
};

/** What someone hostile can cost: regular expressions made to stall, and more subscriptions than there may be. */
export const hostile: Suite = async (say, { backends }) => {
  const times = REGEXES.map((regex) => [regex, timeOf(regex)] as const);
  for (const [regex, time] of times) say(`/${regex}/ against a channel of 200 characters: ${time.toFixed(1)} µs`);
  const began = performance.now();
  new RegExp(REGEXES[0] as string).test(`${'a'.repeat(SHORT)}!`);
  const own = performance.now() - began;
  say(`JavaScript’s own engine, /${REGEXES[0]}/ against ${SHORT} characters: ${own.toFixed(0)} ms`);

  const { redisUrl } = await backends();
  const client = connectRedis({ url: redisUrl, cluster: false }, (error) => console.error(error.message));
  const world = worldOn(client, keysUnder(`bench-${randomBytes(4).toString('hex')}:`));
  const patterns = Array.from({ length: SUBSCRIPTIONS }, (_, i) => `user:${i}:*`);
  const atOnce: number[] = [];
  const inTurn: number[] = [];
  await refusal(world, patterns.slice(0, PER_REQUEST), '"subscribed"');
  for (let round = 0; round < ROUNDS; round++) {
    atOnce.push(await refusal(world, patterns, 'INVALID_MESSAGE'));
    let total = 0;
    for (let at = PER_REQUEST; at < SUBSCRIPTIONS; at += PER_REQUEST) {
      total += await refusal(world, patterns.slice(at, at + PER_REQUEST), 'TOO_MANY_SUBSCRIPTIONS');
    }
    inTurn.push(total);
  }
  const { taken, refused } = await frameCost(client, keysUnder(`bench-${randomBytes(4).toString('hex')}:`));
  client.disconnect();
  say(`${SUBSCRIPTIONS} subscriptions of one connection: refused at once, and all but the first of ten requests`);

  const measures: Measure[] = [
    {
      name: 'hostile.regex',
      value: Math.max(...times.map(([, time]) => time)),
      unit: 'µs',
      target: 100,
      better: 'lower',
    },
    { name: `hostile.regex-own-engine-${SHORT}`, value: own * 1_000, unit: 'µs', better: 'lower' },
    { name: 'hostile.frame-taken', value: taken, unit: 'µs', better: 'lower' },
    { name: 'hostile.frame-refused', value: refused, unit: 'µs', better: 'lower' },
    { name: 'hostile.frame-refused-ratio', value: refused / taken, unit: 'x', target: 0.5, better: 'lower' },
    { name: 'hostile.subscriptions-at-once', value: median(atOnce), unit: 'ms', better: 'lower' },
    { name: 'hostile.subscriptions-in-turn', value: median(inTurn), unit: 'ms', target: 1_000, better: 'lower' },
  ];
  return measures;
};
