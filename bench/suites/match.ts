import { Qlobber } from 'qlobber';
import { RE2JS, RE2Set } from 're2js';
import { lru } from 'tiny-lru';
import { NO_CAPABILITIES } from '../../lib/protocol/capabilities.ts';
import { parseChannel } from '../../lib/protocol/channel.ts';
import { parsePattern, type RegexPattern } from '../../lib/protocol/pattern.ts';
import { openSession } from '../../lib/protocol/session.ts';
import { connectRedis, type RedisClient } from '../../lib/redis/client.ts';
import { keysUnder } from '../../lib/redis/keys.ts';
import { encodeListener } from '../../lib/redis/listeners.ts';
import { RedisSubscriptions } from '../../lib/redis/subscriptions.ts';
import { Audience } from '../../lib/sync/audience.ts';
import { MatchCache } from '../../lib/sync/match/match-cache.ts';
import { PatternIndex } from '../../lib/sync/match/pattern-index.ts';
import { RegexIndex } from '../../lib/sync/match/regex-index.ts';
import { shapeOf } from '../../lib/sync/match/shape.ts';
import { channelsOfExpressions, expressions } from '../expressions.ts';
import { heapMeter } from '../heap.ts';
import { alternating, type Measure, type RunOptions, type Suite } from '../measure.ts';
import { channels, SHAPES, wildcards } from '../patterns.ts';
import { zipf } from '../zipf.ts';
import { manyExpressions } from './many-expressions.ts';

const CACHE_SIZE = 1_000;
/** Asked in each round: so few that a round is seldom interrupted. */
const DRAWS = 10_000;
const CHANNELS = 200;
const MEGABYTE = 2 ** 20;

/** In Redis where only our own are measured: as many as are entered in a second. */
const FEWER = 20_000;
const CHANNELS_MET = 2_000;

/** Microseconds per call. */
const timed = (calls: number, call: (i: number) => unknown): number => {
  const began = performance.now();
  for (let i = 0; i < calls; i++) call(i);
  return (1_000 * (performance.now() - began)) / calls;
};

/** Answers from a cache, or asks on. */
type Cached = (text: string, find: () => readonly string[]) => readonly string[];

const sieve = (): Cached => {
  const cache = new MatchCache<readonly string[]>(CACHE_SIZE);
  return (text, find) => cache.get(text, find);
};

/** The least recently used goes first: of the caches on npm the fastest at this. */
const leastRecentlyUsed = (): Cached => {
  const cache = lru<readonly string[]>(CACHE_SIZE);
  return (text, find) => {
    let found = cache.get(text);
    if (found === undefined) {
      found = find();
      cache.set(text, found);
    }
    return found;
  };
};

const none = (): Cached => (_, find) => find();

const textsDrawn = (): readonly string[] => zipf(channels(10_000), 200_000).map(({ text }) => text);

/** A rival as it runs for long: each round is the next draws, from a cache that has had all before. */
const onDraws = (draws: readonly string[], cached: Cached, find: (text: string) => readonly string[]) => {
  let at = 0;
  return () =>
    timed(DRAWS, () => {
      const text = draws[at++ % draws.length] as string;
      return cached(text, () => find(text));
    });
};

/** The time of a channel, each round on the next channels; every rival has the same. */
const onNewOnes = (asked: readonly string[], match: (text: string) => unknown) => {
  let at = CHANNELS_MET;
  return () => timed(CHANNELS, () => match(asked[at++] as string));
};

const patternsIndexed = (patterns: readonly string[]): PatternIndex => {
  const index = new PatternIndex();
  for (const pattern of patterns) index.add(parsePattern(pattern));
  return index;
};

const regexesIndexed = (sources: readonly string[]): RegexIndex => {
  const index = new RegexIndex((error) => {
    throw error;
  });
  for (const source of sources) index.add(parsePattern(`/${source}/`) as RegexPattern);
  return index;
};

/** @returns how many of the expressions match. */
const collected = (index: RegexIndex, text: string): number => {
  const found: string[] = [];
  index.collect(text, found);
  return found.length;
};

const timeOf = (value: number): Measure => ({ name: 'match.time', value, unit: 'µs', better: 'lower' });
const uncachedTimeOf = (value: number): Measure => ({ ...timeOf(value), name: 'match.time-uncached' });
const regexTimeOf = (value: number): Measure => ({ ...timeOf(value), name: 'match.regex-time' });

/** 100,000 wildcard patterns in memory, ours and qlobber. Both are given a text, which they split where they must search. */
const againstQlobber = async (say: (line: string) => void, quick: boolean): Promise<readonly Measure[]> => {
  const patterns = wildcards(100_000);
  const draws = textsDrawn();
  const index = patternsIndexed(patterns);
  const qlobber = new Qlobber({ separator: ':', wildcard_one: '*', wildcard_some: '#' });
  for (const pattern of patterns) qlobber.add(pattern, pattern);
  const search = {
    ours: (text: string): readonly string[] => index.match(parseChannel(text)),
    qlobber: (text: string): readonly string[] => qlobber.match(text) as string[],
  };
  let found = 0;
  for (const text of draws.slice(0, 5_000)) {
    const theirs = [...new Set(search.qlobber(text))].sort();
    if ([...search.ours(text)].sort().join() !== theirs.join()) throw new Error(`They differ on ${text}`);
    found += theirs.length;
  }

  let ourSearches = 0;
  let theirSearches = 0;
  const rounds = quick ? 15 : 101;
  const time = await alternating(rounds, {
    ours: onDraws(draws, sieve(), (text) => {
      ourSearches++;
      return search.ours(text);
    }),
    qlobber: onDraws(draws, leastRecentlyUsed(), (text) => {
      theirSearches++;
      return search.qlobber(text);
    }),
    qlobberWithOurCache: onDraws(draws, sieve(), search.qlobber),
    oursUncached: onDraws(draws, none(), search.ours),
    qlobberUncached: onDraws(draws, none(), search.qlobber),
  });
  const hits = (searches: number) => `${(100 * (1 - searches / (DRAWS * (rounds + 1)))).toFixed(0)} %`;
  say(
    `${patterns.length} patterns of ${SHAPES.length} shapes, 10000 channels by Zipf, ${(found / 5_000).toFixed(1)} matches each`,
  );
  say(
    `caches of ${CACHE_SIZE} channels: ours SIEVE, which had ${hits(ourSearches)}; qlobber’s tiny-lru, ${hits(theirSearches)}`,
  );
  return [
    { name: 'match.speed-vs-qlobber', value: time.qlobber / time.ours, unit: '×', target: 2, better: 'higher' },
    {
      name: 'match.speed-vs-qlobber-same-cache',
      value: time.qlobberWithOurCache / time.ours,
      unit: '×',
      better: 'higher',
    },
    {
      name: 'match.speed-vs-qlobber-uncached',
      value: time.qlobberUncached / time.oursUncached,
      unit: '×',
      better: 'higher',
    },
    timeOf(time.ours),
    uncachedTimeOf(time.oursUncached),
  ];
};

/**
 * 1,000 regular expressions on channels that were not met before, against one RE2Set over all. An automaton is built as it
 * is run and then remembers, so it is also measured how the first channel of all fares.
 */
const againstRe2Set = async (say: (line: string) => void, quick: boolean): Promise<readonly Measure[]> => {
  const sources = expressions(1_000);
  const setOf = () => {
    const set = new RE2Set(RE2Set.ANCHOR_BOTH);
    for (const source of sources) set.add(source);
    set.compile();
    return set;
  };
  const rounds = quick ? 15 : 31;
  const asked = channelsOfExpressions(CHANNELS_MET + CHANNELS * (rounds + 1));
  const [index, set] = [regexesIndexed(sources), setOf()];
  const each = sources.map((source) => RE2JS.compile(source));
  let matches = 0;
  for (const text of asked.slice(0, CHANNELS_MET)) {
    const found = collected(index, text);
    if (found !== set.match(text).length) throw new Error(`They differ on ${text}`);
    matches += found;
  }
  const time = await alternating(rounds, {
    ours: onNewOnes(asked, (text) => collected(index, text)),
    set: onNewOnes(asked, (text) => set.match(text)),
    each: onNewOnes(asked, (text) => each.filter((expression) => expression.matches(text))),
  });
  let firsts = 0;
  const first = await alternating(rounds, {
    ours: () => {
      const fresh = regexesIndexed(sources);
      return timed(1, () => collected(fresh, asked[firsts] as string));
    },
    set: () => {
      const fresh = setOf();
      return timed(1, () => fresh.match(asked[firsts++] as string));
    },
  });
  say(
    `1000 regular expressions, channels not met before, ${(matches / CHANNELS_MET).toFixed(1)} matches each: ${time.ours.toFixed(1)} µs, RE2Set ${time.set.toFixed(1)} µs, RE2JS one by one ${time.each.toFixed(0)} µs`,
  );
  say(`the first channel of all: ${first.ours.toFixed(0)} µs, RE2Set ${first.set.toFixed(0)} µs`);
  return [
    { name: 'match.regex-vs-re2set', value: time.set / time.ours, unit: '×', target: 10, better: 'higher' },
    { name: 'match.regex-vs-re2set-at-start', value: first.set / first.ours, unit: '×', better: 'higher' },
    { name: 'match.regex-vs-re2js', value: time.each / time.ours, unit: '×', better: 'higher' },
    regexTimeOf(time.ours),
  ];
};

/** Enters patterns as their subscribers would, each with one listener, under a prefix. */
const fill = async (redis: RedisClient, prefix: string, patterns: readonly string[]): Promise<RedisSubscriptions> => {
  const keys = keysUnder(prefix);
  const listener = encodeListener(
    { id: 'c', user: 'alice', endpoint: 'http://gateway', capabilities: NO_CAPABILITIES },
    '1',
  );
  for (let at = 0; at < patterns.length; at += 10_000) {
    await Promise.all(patterns.slice(at, at + 10_000).map((text) => redis.zadd(keys.audience(text), 0, listener)));
  }
  const subscriptions = new RedisSubscriptions(redis, keys);
  const one = new Map(patterns.map((text) => [shapeOf(parsePattern(text)) as string, text]));
  const found = [...one].map(([shape, text]) => ({ text, found: { byShape: shape } }));
  const alice = {
    id: 'c',
    user: 'alice',
    endpoint: 'http://gateway',
    capabilities: NO_CAPABILITIES,
    session: openSession(0),
  };
  await subscriptions.add(alice, found, 1_000);
  return subscriptions;
};

/** Channels, each once, and how they are asked for: in batches of a hundred. */
const asking = () => {
  const asked = channels(4_000).map(({ text }) => parseChannel(text));
  /** @returns milliseconds of all of them. */
  const read = async (audience: Audience): Promise<number> => {
    const began = performance.now();
    for (let at = 0; at < asked.length; at += 100) {
      for await (const _ of audience.of(asked.slice(at, at + 100), (step) => step())) {
        // Only the reading is of interest.
      }
    }
    return performance.now() - began;
  };
  const timeOfOne = (time: number): Measure => ({
    name: 'match.audience-time',
    value: (1_000 * time) / asked.length,
    unit: 'µs',
    better: 'lower',
  });
  return { read, timeOfOne };
};

const connected = async ({ backends }: RunOptions): Promise<RedisClient> =>
  connectRedis({ url: (await backends()).redisUrl, cluster: false }, () => undefined);

/** What a million patterns in Redis cost the fan-out, against a thousand of the same shapes. */
const aMillion = async (say: (line: string) => void, options: RunOptions): Promise<readonly Measure[]> => {
  const heap = heapMeter();
  const redis = await connected(options);
  try {
    const many = await fill(redis, 'bench-many:', wildcards(1_000_000));
    const few = await fill(redis, 'bench-few:', wildcards(1_000));
    const { read, timeOfOne } = asking();
    // What the first reading leaves behind for whoever reads is there before, and so not counted.
    const ofFew = new Audience(few, CACHE_SIZE, () => undefined);
    await read(ofFew);
    const before = heap();
    const ofMany = new Audience(many, CACHE_SIZE, () => undefined);
    await read(ofMany);
    const held = heap() - before;
    // Rounds long enough to hold several collections of garbage each.
    const time = await alternating(options.quick ? 7 : 41, { many: () => read(ofMany), few: () => read(ofFew) });
    say('1000000 patterns in Redis against 1000, batches of 100 channels');
    return [
      { name: 'match.million-slowdown', value: time.many / time.few, unit: '×', target: 1.2, better: 'lower' },
      { name: 'match.index-mb', value: Math.max(0, held) / MEGABYTE, unit: 'MB', target: 5, better: 'lower' },
      timeOfOne(time.many),
    ];
  } finally {
    redis.disconnect();
  }
};

const expressionsInRedis = async (say: (line: string) => void, options: RunOptions): Promise<readonly Measure[]> => {
  const redis = await connected(options);
  try {
    return await manyExpressions(redis, say);
  } finally {
    redis.disconnect();
  }
};

/** The times of ours, with fewer patterns in Redis. */
const ownFigures = async (options: RunOptions): Promise<readonly Measure[]> => {
  const rounds = 31;
  const draws = textsDrawn();
  const index = patternsIndexed(wildcards(100_000));
  const search = (text: string): readonly string[] => index.match(parseChannel(text));
  const asked = channelsOfExpressions(CHANNELS_MET + CHANNELS * (rounds + 1));
  const regexes = regexesIndexed(expressions(1_000));
  for (const text of asked.slice(0, CHANNELS_MET)) collected(regexes, text);
  const time = await alternating(rounds, {
    cached: onDraws(draws, sieve(), search),
    uncached: onDraws(draws, none(), search),
    regex: onNewOnes(asked, (text) => collected(regexes, text)),
  });
  const redis = await connected(options);
  try {
    const { read, timeOfOne } = asking();
    const audience = new Audience(await fill(redis, 'bench-own:', wildcards(FEWER)), CACHE_SIZE, () => undefined);
    const { ours } = await alternating(11, { ours: () => read(audience) });
    return [timeOf(time.cached), uncachedTimeOf(time.uncached), regexTimeOf(time.regex), timeOfOne(ours)];
  } finally {
    redis.disconnect();
  }
};

/** How fast the fan-out finds who listens. */
export const match: Suite = async (say, options) => {
  if (options.own) return ownFigures(options);
  return [
    ...(await againstQlobber(say, options.quick)),
    ...(await againstRe2Set(say, options.quick)),
    ...(await aMillion(say, options)),
    ...(await expressionsInRedis(say, options)),
  ];
};
