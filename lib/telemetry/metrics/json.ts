import { quantileOf } from '../../protocol/http/quantile.ts';
import type { Reading } from './series.ts';
import { METRICS } from './table.ts';

/** The values that half, 95 and 99 of a hundred observations do not exceed, as finely as the bounds tell. */
const QUANTILES = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;

/** One series for programs: `value`, or for a histogram `count`, `sum`, `buckets` and quantiles, in the table’s unit. These are 0 if nothing was observed. */
const sample = ({ dimensions, value }: Reading) => {
  if (typeof value === 'number') return { dimensions, value };
  const { count, sum, buckets } = value;
  const quantiles = Object.fromEntries(
    Object.entries(QUANTILES).map(([name, share]) => [name, quantileOf(buckets, share) ?? 0]),
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
