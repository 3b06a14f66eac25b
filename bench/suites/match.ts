import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
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
import { alternating, type Measure, type RunOptions, type Suite } from '../measure.ts';
import { channels, SHAPES, wildcards } from '../patterns.ts';
import { zipf } from '../zipf.ts';

const CACHE_SIZE = 1_000;
/** Asked in each round: so few that a round is seldom interrupted. */
const DRAWS = 10_000;
const CHANNELS = 200;
const MEGABYTE = 2 ** 20;

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

/** 100,000 wildcard patterns in memory, ours and qlobber. Both are given a text, which they split where they must search. */
const againstQlobber = async (say: (line: string) => void, quick: boolean): Promise<readonly Measure[]> => {
  const patterns = wildcards(100_000);
  const draws = zipf(channels(10_000), 200_000).map(({ text }) => text);
  const index = new PatternIndex();
  const qlobber = new Qlobber({ separator: ':', wildcard_one: '*', wildcard_some: '#' });
  for (const pattern of patterns) {
    index.add(parsePattern(pattern));
    qlobber.add(pattern, pattern);
  }
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
  /** A rival as it runs for long: each round is the next draws, from a cache that has had all before. */
  const onDraws = (cached: Cached, find: (text: string) => readonly string[]) => {
    let at = 0;
    return () =>
      timed(DRAWS, () => {
        const text = draws[at++ % draws.length] as string;
        return cached(text, () => find(text));
      });
  };
  const rounds = quick ? 15 : 101;
  const time = await alternating(rounds, {
    ours: onDraws(sieve(), (text) => {
      ourSearches++;
      return search.ours(text);
    }),
    qlobber: onDraws(leastRecentlyUsed(), (text) => {
      theirSearches++;
      return search.qlobber(text);
    }),
    qlobberWithOurCache: onDraws(sieve(), search.qlobber),
    oursUncached: onDraws(none(), search.ours),
    qlobberUncached: onDraws(none(), search.qlobber),
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
    { name: 'match.time', value: time.ours, unit: 'µs', better: 'lower' },
    { name: 'match.time-uncached', value: time.oursUncached, unit: 'µs', better: 'lower' },
  ];
};

/**
 * 1,000 regular expressions on channels that were not met before, against one RE2Set over all. An automaton is built as it
 * is run and then remembers, so it is also measured how the first channel of all fares.
 */
const againstRe2Set = async (say: (line: string) => void, quick: boolean): Promise<readonly Measure[]> => {
  const sources = expressions(1_000);
  const indexOf = () => {
    const index = new RegexIndex();
    for (const source of sources) index.add(parsePattern(`/${source}/`) as RegexPattern);
    return index;
  };
  const setOf = () => {
    const set = new RE2Set(RE2Set.ANCHOR_BOTH);
    for (const source of sources) set.add(source);
    set.compile();
    return set;
  };
  const ours = (index: RegexIndex, text: string) => {
    const found: string[] = [];
    index.collect(text, found);
    return found.length;
  };

  const rounds = quick ? 15 : 31;
  const met = 2_000;
  const asked = channelsOfExpressions(met + CHANNELS * (rounds + 1));
  const [index, set] = [indexOf(), setOf()];
  const each = sources.map((source) => RE2JS.compile(source));
  let matches = 0;
  for (const text of asked.slice(0, met)) {
    const found = ours(index, text);
    if (found !== set.match(text).length) throw new Error(`They differ on ${text}`);
    matches += found;
  }
  /** The time of a channel, each round on the next channels; every rival has the same. */
  const onNewOnes = (match: (text: string) => unknown) => {
    let at = met;
    return () => timed(CHANNELS, () => match(asked[at++] as string));
  };
  const time = await alternating(rounds, {
    ours: onNewOnes((text) => ours(index, text)),
    set: onNewOnes((text) => set.match(text)),
    each: onNewOnes((text) => each.filter((expression) => expression.matches(text))),
  });
  let firsts = 0;
  const first = await alternating(rounds, {
    ours: () => {
      const fresh = indexOf();
      return timed(1, () => ours(fresh, asked[firsts] as string));
    },
    set: () => {
      const fresh = setOf();
      return timed(1, () => fresh.match(asked[firsts++] as string));
    },
  });
  say(
    `1000 regular expressions, channels not met before, ${(matches / met).toFixed(1)} matches each: ${time.ours.toFixed(1)} µs, RE2Set ${time.set.toFixed(1)} µs, RE2JS one by one ${time.each.toFixed(0)} µs`,
  );
  say(`the first channel of all: ${first.ours.toFixed(0)} µs, RE2Set ${first.set.toFixed(0)} µs`);
  return [
    { name: 'match.regex-vs-re2set', value: time.set / time.ours, unit: '×', target: 10, better: 'higher' },
    { name: 'match.regex-vs-re2set-at-start', value: first.set / first.ours, unit: '×', better: 'higher' },
    { name: 'match.regex-vs-re2js', value: time.each / time.ours, unit: '×', better: 'higher' },
  ];
};

/** Enters patterns as their subscribers would, each with one listener, under a prefix. */
const fill = async (redis: RedisClient, prefix: string, patterns: readonly string[]): Promise<RedisSubscriptions> => {
  const keys = keysUnder(prefix);
  const listener = encodeListener({
    id: 'c',
    user: 'alice',
    endpoint: 'http://gateway',
    capabilities: NO_CAPABILITIES,
  });
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

const settledHeap = (collect: () => void): number => {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
};

/** What a million patterns in Redis cost the fan-out, against a thousand of the same shapes. */
const aMillion = async (say: (line: string) => void, { quick, backends }: RunOptions): Promise<readonly Measure[]> => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const redis = connectRedis({ url: (await backends()).redisUrl, cluster: false }, () => undefined);
  try {
    const many = await fill(redis, 'bench-many:', wildcards(1_000_000));
    const few = await fill(redis, 'bench-few:', wildcards(1_000));
    const asked = channels(4_000).map(({ text }) => parseChannel(text));
    const read = async (audience: Audience): Promise<number> => {
      const began = performance.now();
      for (let at = 0; at < asked.length; at += 100) {
        for await (const _ of audience.of(asked.slice(at, at + 100), (step) => step())) {
          // Only the reading is of interest.
        }
      }
      return performance.now() - began;
    };
    // What the first reading leaves behind for whoever reads is there before, and so not counted.
    const ofFew = new Audience(few, CACHE_SIZE, () => undefined);
    await read(ofFew);
    const before = settledHeap(collect);
    const ofMany = new Audience(many, CACHE_SIZE, () => undefined);
    await read(ofMany);
    const held = settledHeap(collect) - before;
    // Rounds long enough to hold several collections of garbage each.
    const time = await alternating(quick ? 7 : 41, { many: () => read(ofMany), few: () => read(ofFew) });
    say('1000000 patterns in Redis against 1000, batches of 100 channels');
    return [
      { name: 'match.million-slowdown', value: time.many / time.few, unit: '×', target: 1.2, better: 'lower' },
      { name: 'match.index-mb', value: Math.max(0, held) / MEGABYTE, unit: 'MB', target: 5, better: 'lower' },
    ];
  } finally {
    redis.disconnect();
  }
};

/** How fast the fan-out finds who listens. */
export const match: Suite = async (say, options) => [
  ...(await againstQlobber(say, options.quick)),
  ...(await againstRe2Set(say, options.quick)),
  ...(await aMillion(say, options)),
];
