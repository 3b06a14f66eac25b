import { median } from '../measure.ts';
import { type Interval, medianInterval } from './interval.ts';

/** How sure it is that the ratio lies in the interval, from 0 to 1. */
const LEVEL = 0.9;

/** The ratio below which a revision counts as worse. */
export const TOLERATED = 0.95;

/**
 * `worse` where the whole interval is below what is tolerated, `no worse` where none of it is; `open` where the interval
 * holds both, so that the pairs do not tell.
 */
type Verdict = 'worse' | 'no worse' | 'open';

/** Values of one measure, pair by pair. */
export interface Paired {
  readonly name: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly before: readonly number[];
  readonly after: readonly number[];
}

export interface Comparison extends Paired {
  /** Median of the pairs’ ratios; above 1 where it is better than before. */
  readonly ratio: number;
  readonly interval: Interval;
  readonly verdict: Verdict;
}

/** How much better a value is than the one before, whichever direction is better; 1 where both are zero. */
export const ratioOf = (better: Paired['better'], before: number, after: number): number => {
  if (before === after) return 1;
  return better === 'higher' ? after / before : before / after;
};

const verdictOf = ([low, high]: Interval): Verdict => {
  if (high < TOLERATED) return 'worse';
  return low < TOLERATED ? 'open' : 'no worse';
};

/** The middle one, or midway between the two in the middle. */
const middle = (values: readonly number[]): number => {
  const mirrored = -median(values.map((value) => -value));
  const found = median(values);
  return found === mirrored ? found : (found + mirrored) / 2;
};

/**
 * Compares by the ratio of each pair, which had the same from the machine. Middle and interval are taken of logarithms, so
 * that a comparison the other way round comes to the inverse.
 *
 * @throws RangeError where there are too few pairs.
 */
export const compare = (paired: Paired): Comparison => {
  const { better, before, after } = paired;
  const logs = before.map((value, pair) => Math.log(ratioOf(better, value, after[pair] as number)));
  const [low, high] = medianInterval(logs, LEVEL);
  const interval = [Math.exp(low), Math.exp(high)] as const;
  return { ...paired, ratio: Math.exp(middle(logs)), interval, verdict: verdictOf(interval) };
};
