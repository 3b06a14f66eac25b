import type { Distribution, Reading } from './series.ts';
import { METRICS } from './table.ts';

/** The values that half, 95 and 99 of a hundred observations do not exceed, as finely as the bounds tell. */
const QUANTILES = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;

/**
 * A quantile of a distribution, linear within a bucket.
 *
 * @param q - from 0 to 1.
 * @returns 0 where nothing was observed; the highest bound for what lies above it.
 */
export const quantileOf = ({ buckets, count }: Distribution, q: number): number => {
  if (count === 0) return 0;
  const rank = q * count;
  const at = buckets.findIndex((bucket) => bucket.count >= rank);
  const below = buckets[at - 1] ?? { bound: 0, count: 0 };
  const { bound, count: upTo } = buckets[at] as { bound: number; count: number };
  if (bound === Number.POSITIVE_INFINITY) return below.bound;
  return below.bound + (bound - below.bound) * ((rank - below.count) / (upTo - below.count || 1));
};

/** One series for programs: `value`, or for a histogram `count`, `sum`, `buckets` and quantiles, in the table’s unit. */
const sample = ({ dimensions, value }: Reading) => {
  if (typeof value === 'number') return { dimensions, value };
  const { count, sum, buckets } = value;
  const quantiles = Object.fromEntries(
    Object.entries(QUANTILES).map(([name, q]) => [name, quantileOf(value, q)]),
  ) as Record<keyof typeof QUANTILES, number>;
  return {
    dimensions,
    count,
    sum,
    // Upper bound, null for the last, and how many lie at or below it.
    buckets: buckets.map(({ bound, count: upTo }) => [Number.isFinite(bound) ? bound : null, upTo] as const),
    ...quantiles,
  };
};

/** Readings as an object by metric. */
export const metricsJson = (readings: readonly Reading[]) =>
  Object.fromEntries(
    Object.entries(METRICS).map(([name, { kind, unit, help }]) => [
      name,
      { kind, unit, help, samples: readings.filter(({ metric }) => metric === name).map(sample) },
    ]),
  );
