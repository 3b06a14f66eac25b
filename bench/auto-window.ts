import { EarnedWindow } from '../lib/sync/earned-window.ts';
import { SeededRandom } from '../test/seeded-random.ts';

/** Listeners of each event, and shards, in the model. */
const LISTENERS = 1_000;
const SHARDS = 4;
/** What all shards may post a second; at 10 events a second it is six tenths of what they would without a window. */
const POSTS_PER_SECOND = 6_000;
/** Milliseconds that events gather at the most, that a batch takes, and that are modelled. */
const MOST = 1_000;
const TOOK = 10;
const LASTS = 30 * 60_000;
/** Milliseconds of the fixed windows that it is compared with, one step from the next. */
const STEP = 5;

interface Modelled {
  readonly posts: number;
  /** Milliseconds from publishing to the beginning of the batch, on average. */
  readonly late: number;
}

/** When events of a shard are published: at random, as many a second on average. */
const arrivals = (perSecond: number, seed: number): readonly number[] => {
  const random = new SeededRandom(seed);
  const times: number[] = [];
  for (let at = 0; at < LASTS; times.push(at)) at -= (1_000 / perSecond) * Math.log(1 - random.next());
  return times;
};

/** Batches one after another, each with all that was published by then; a frame holds the events of one batch. */
const model = (times: readonly number[], lengthOf: (began: number, ended: number) => number): Modelled => {
  let [posts, late, next] = [0, 0, 0];
  for (let at = 0; at < times.length; ) {
    const began = Math.max(next, times[at] as number);
    for (; at < times.length && (times[at] as number) <= began; at++) late += began - (times[at] as number);
    posts += LISTENERS;
    const ended = began + TOOK;
    next = Math.max(ended, began + lengthOf(began, ended));
  }
  return { posts, late: late / times.length };
};

/**
 * Models what the window that is found costs, beside the cheapest fixed window that makes events no later on average.
 *
 * @param rates - events a second of all shards.
 * @returns how many times as much it posts, where that is most.
 */
export const costOfAutoWindow = (rates: readonly number[], say: (line: string) => void): number => {
  const ratios = rates.map((rate) => {
    const times = arrivals(rate / SHARDS, 1);
    const window = new EarnedWindow(POSTS_PER_SECOND / SHARDS, MOST);
    const found = model(times, (began, ended) => window.after('shard', LISTENERS, began, ended));
    let best = model(times, () => 0);
    let length = 0;
    for (let each = STEP; each <= MOST; each += STEP) {
      const fixed = model(times, () => each);
      if (fixed.late > found.late) break;
      [best, length] = [fixed, each];
    }
    const ratio = found.posts / best.posts;
    const perSecond = (posts: number): string => ((1_000 * SHARDS * posts) / LASTS).toFixed(0);
    say(
      `auto window, ${rate} events/s to ${LISTENERS}, ${POSTS_PER_SECOND} posts/s allowed: ${perSecond(found.posts)} posts/s, ${found.late.toFixed(0)} ms later; fixed ${length} ms: ${perSecond(best.posts)}, ${best.late.toFixed(0)} ms; ${ratio.toFixed(3)} times`,
    );
    return ratio;
  });
  return Math.max(...ratios);
};
