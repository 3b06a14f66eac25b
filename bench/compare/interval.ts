/** Two ends, both part of it. */
export type Interval = readonly [low: number, high: number];

/** How probable it is that of `n` fair coins fewer than `k` show heads. */
const fewerHeads = (n: number, k: number): number => {
  let ways = 1;
  let sum = 0;
  for (let heads = 0; heads < k; heads++) {
    sum += ways;
    ways = (ways * (n - heads)) / (heads + 1);
  }
  return sum / 2 ** n;
};

/** How probable it is that the median lies between the k-th smallest and the k-th largest of `n` values. */
const coverage = (n: number, k: number): number => 1 - 2 * fewerHeads(n, k);

/**
 * A confidence interval for the median of what the values were drawn from, whatever its distribution is. Each value is as
 * likely below that median as above it, so how many are below is a matter of fair coins. Between the k-th smallest and the
 * k-th largest the probability comes in steps: of ten values 97.9 % for the second, 89.1 % for the third. What is between
 * two steps is interpolated, as in T. P. Hettmansperger and S. J. Sheather, Confidence intervals based on interpolated
 * order statistics, Statistics & Probability Letters 4 (1986), 75–79.
 *
 * @param level - how probable it shall be that the median lies in it, from 0 to 1.
 * @throws RangeError where there are too few values for the level.
 */
export const medianInterval = (values: readonly number[], level: number): Interval => {
  const n = values.length;
  if (coverage(n, 1) < level) throw new RangeError(`${n} values are too few for an interval of ${100 * level} %`);
  let k = 1;
  while (coverage(n, k + 1) >= level) k++;
  const step = (coverage(n, k) - level) / (coverage(n, k) - coverage(n, k + 1));
  const inner = ((n - k) * step) / (k + (n - 2 * k) * step);
  const sorted = values.toSorted((a, b) => a - b);
  const between = (outer: number, next: number): number =>
    inner === 0 || outer === next ? outer : (1 - inner) * outer + inner * next;
  return [
    between(sorted[k - 1] as number, sorted[k] as number),
    between(sorted[n - k] as number, sorted[n - k - 1] as number),
  ];
};
