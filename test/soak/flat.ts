/** One measurement. */
export interface Sample {
  /** Milliseconds. */
  readonly at: number;
  readonly value: number;
}

/** How much may be added and still be noise: the larger of a share of what there was, and a fixed amount. */
export interface Tolerance {
  readonly share: number;
  readonly amount: number;
}

export interface Course {
  /** Medians of the second and of the last third of the time. */
  readonly middle: number;
  readonly last: number;
  /** What the trend of the last two thirds adds over their length. */
  readonly trend: number;
  readonly isFlat: boolean;
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[half] as number)
    : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
};

/** The median of the slopes of all pairs (Theil and Sen), which single outliers do not move. Per millisecond. */
const slopeOf = (samples: readonly Sample[]): number =>
  median(
    samples.flatMap((early, i) =>
      samples.slice(i + 1).flatMap(({ at, value }) => (at > early.at ? [(value - early.value) / (at - early.at)] : [])),
    ),
  );

/**
 * Decides whether something has stopped growing. The first third is for warming up. Flat is what from the second third to
 * the last gains no more than the tolerance, as a median, and whose trend over both gains no more than twice that.
 *
 * @param samples - in the order of time, at least nine.
 * @throws Error where there are too few to tell.
 */
export const courseOf = (samples: readonly Sample[], { share, amount }: Tolerance): Course => {
  const [first, end] = [samples[0], samples.at(-1)];
  if (first === undefined || end === undefined || samples.length < 9) throw new Error('Too few samples to judge');
  const third = (end.at - first.at) / 3;
  const later = samples.filter(({ at }) => at >= first.at + third);
  const middle = median(later.filter(({ at }) => at < first.at + 2 * third).map(({ value }) => value));
  const last = median(later.filter(({ at }) => at >= first.at + 2 * third).map(({ value }) => value));
  const trend = slopeOf(later) * 2 * third;
  const allowed = Math.max(share * middle, amount);
  return { middle, last, trend, isFlat: last - middle <= allowed && trend <= 2 * allowed };
};
