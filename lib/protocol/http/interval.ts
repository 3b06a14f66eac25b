import { type Bucket, quantileOf } from './quantile.ts';

/** A metric under one set of values of its dimensions: a number, or how values were distributed. */
interface Sample {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value?: number;
  /** Upper bound, null for the last, and how many values lay at or below it. */
  readonly buckets?: readonly (readonly [bound: number | null, count: number])[];
}

/** What `GET /metrics?format=json` answers, by the name of the metric. */
export type Metrics = Readonly<Record<string, { readonly samples: readonly Sample[] } | undefined>>;

type Fits = (dimensions: Readonly<Record<string, string>>) => boolean;

const everything: Fits = () => true;

/** Two readings, and what happened in between. Null where that cannot be said. */
export class Interval {
  readonly #before: Metrics;
  readonly #after: Metrics;
  readonly #seconds: number;

  /** @param duration - milliseconds between the two readings. */
  constructor(before: Metrics, after: Metrics, duration: number) {
    this.#before = before;
    this.#after = after;
    this.#seconds = duration / 1_000;
  }

  /** By how much counters grew a second; null where they are not reported, or began anew. */
  rate(metric: string, fits: Fits = everything): number | null {
    const before = total(this.#before, metric, fits);
    const after = total(this.#after, metric, fits);
    if (before === undefined || after === undefined || after < before || this.#seconds <= 0) return null;
    return (after - before) / this.#seconds;
  }

  /** The sum of gauges, as it was last; null where none is reported. */
  sum(metric: string, fits: Fits = everything): number | null {
    return total(this.#after, metric, fits) ?? null;
  }

  /** Each series of a gauge, as it was last. */
  each(metric: string): readonly { readonly dimensions: Readonly<Record<string, string>>; readonly value: number }[] {
    return (samplesOf(this.#after, metric, everything) ?? []).map(({ dimensions, value = 0 }) => ({
      dimensions,
      value,
    }));
  }

  /** The largest of gauges, as it was last; null where none is reported. */
  largest(metric: string, fits: Fits = everything): number | null {
    const values = samplesOf(this.#after, metric, fits)?.map(({ value = 0 }) => value);
    return values === undefined ? null : Math.max(0, ...values);
  }

  /**
   * The value that a share of those observed in between did not exceed, linear within a bucket.
   *
   * @param share - from 0 to 1.
   * @returns null where nothing was observed; the highest bound for what lies above it.
   */
  quantile(metric: string, share: number, fits: Fits = everything): number | null {
    const after = bucketsOf(this.#after, metric, fits);
    const before = bucketsOf(this.#before, metric, fits);
    const grown = after.map(({ bound, count }, i) => ({ bound, count: count - (before[i]?.count ?? 0) }));
    return quantileOf(grown, share) ?? null;
  }
}

const samplesOf = (metrics: Metrics, metric: string, fits: Fits): readonly Sample[] | undefined =>
  metrics[metric]?.samples.filter(({ dimensions }) => fits(dimensions));

/** Undefined where the metric is not reported; 0 where it is and nothing happened yet. */
const total = (metrics: Metrics, metric: string, fits: Fits): number | undefined =>
  samplesOf(metrics, metric, fits)?.reduce((sum, { value = 0 }) => sum + value, 0);

const bucketsOf = (metrics: Metrics, metric: string, fits: Fits): readonly Bucket[] => {
  const all =
    samplesOf(metrics, metric, fits)?.flatMap(({ buckets }) => (buckets === undefined ? [] : [buckets])) ?? [];
  return (all[0] ?? []).map(([bound], i) => ({
    bound: bound ?? Number.POSITIVE_INFINITY,
    count: all.reduce((sum, buckets) => sum + (buckets[i]?.[1] ?? 0), 0),
  }));
};
