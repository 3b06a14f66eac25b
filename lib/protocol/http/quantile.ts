/** A bucket of a histogram. */
export interface Bucket {
  /** Upper bound; infinite for the last. */
  readonly bound: number;
  /** How many values lie at or below it. */
  readonly count: number;
}

/**
 * The value that a share of all do not exceed, linear within a bucket.
 *
 * @param buckets - by their bounds, lowest first.
 * @param share - from 0 to 1.
 * @returns undefined if there are no values; the highest bound that is finite for what lies above it.
 */
export const quantileOf = (buckets: readonly Bucket[], share: number): number | undefined => {
  const total = buckets.at(-1)?.count ?? 0;
  if (total <= 0) return undefined;
  const rank = share * total;
  const at = buckets.findIndex(({ count }) => count >= rank);
  const { bound, count } = buckets[at] as Bucket;
  const below = buckets[at - 1] ?? { bound: 0, count: 0 };
  if (bound === Number.POSITIVE_INFINITY) return below.bound;
  return below.bound + ((bound - below.bound) * (rank - below.count)) / (count - below.count || 1);
};
