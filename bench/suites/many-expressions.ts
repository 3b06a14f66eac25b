import { NO_CAPABILITIES } from '../../lib/protocol/capabilities.ts';
import { parseChannel } from '../../lib/protocol/channel.ts';
import { openSession } from '../../lib/protocol/session.ts';
import type { RedisClient } from '../../lib/redis/client.ts';
import { keysUnder } from '../../lib/redis/keys.ts';
import { RedisSubscriptions } from '../../lib/redis/subscriptions.ts';
import { Audience } from '../../lib/sync/audience.ts';
import { channelsOfExpressions, expressions } from '../expressions.ts';
import { heapMeter } from '../heap.ts';
import { type Measure, median } from '../measure.ts';

const EXPRESSIONS = 100_000;
/** As many as one user may have. */
const OF_A_USER = 1_000;
const CACHE_SIZE = 1_000;
const ROUNDS = 3;

const subscribed = async (redis: RedisClient): Promise<RedisSubscriptions> => {
  const subscriptions = new RedisSubscriptions(redis, keysUnder('bench-expressions:'));
  const texts = expressions(EXPRESSIONS, EXPRESSIONS).map((source) => `/${source}/`);
  for (let at = 0; at < EXPRESSIONS; at += OF_A_USER) {
    const user = `user ${at}`;
    const caller = { id: user, user, endpoint: 'http://gateway', capabilities: NO_CAPABILITIES };
    const some = texts.slice(at, at + OF_A_USER).map((text) => ({ text, found: 'by-matching' as const }));
    const refused = await subscriptions.add({ ...caller, session: openSession(0) }, some, OF_A_USER);
    if (refused !== undefined) throw new Error(refused);
  }
  return subscriptions;
};

/** What very many regular expressions cost a fan-out that starts: memory, and time until it knows who hears an event. */
export const manyExpressions = async (redis: RedisClient, say: (line: string) => void): Promise<readonly Measure[]> => {
  const heap = heapMeter();
  const subscriptions = await subscribed(redis);
  const [channel = ''] = channelsOfExpressions(1);
  const seconds: number[] = [];
  const bytes: number[] = [];
  // Held beyond its round: what nobody looks at again is collected before it is measured.
  const held: Audience[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = heap();
    const began = performance.now();
    const audience = new Audience(subscriptions, CACHE_SIZE, () => undefined);
    for await (const _ of audience.of([parseChannel(channel)], (step) => step())) {
      // Only the reading is of interest.
    }
    seconds.push((performance.now() - began) / 1_000);
    held.push(audience);
    bytes.push((heap() - before) / EXPRESSIONS);
    held.pop();
  }
  say(
    `${EXPRESSIONS} regular expressions: ${median(bytes).toFixed(0)} bytes each, known ${median(seconds).toFixed(2)} s after a start`,
  );
  return [
    // 64 MB for all of them.
    { name: 'match.regex-memory', value: median(bytes), unit: 'B', target: 671, better: 'lower' },
    { name: 'match.regex-cold-start', value: median(seconds), unit: 's', target: 3, better: 'lower' },
  ];
};
