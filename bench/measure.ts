/** One figure a run came to. */
export interface Measure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the product means to reach; undefined where there is nothing to reach. */
  readonly target?: number;
  readonly better: 'higher' | 'lower';
}

/** A suite measures one thing against real servers of its own, and says what it is doing. */
export type Suite = (say: (line: string) => void) => Promise<readonly Measure[]>;

/** The middle value. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/**
 * The smallest value that at least the share `q` of the values do not exceed (nearest rank).
 *
 * @param q - from 0 to 1.
 */
export const quantile = (values: readonly number[], q: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
};

/** Whether a measure reaches its target; undefined where it has none. */
export const met = ({ value, target, better }: Measure): boolean | undefined => {
  if (target === undefined) return undefined;
  return better === 'higher' ? value >= target : value <= target;
};
