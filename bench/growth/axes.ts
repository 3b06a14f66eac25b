/** What grows, and how the time of an event may grow with it. */
export interface Axis {
  readonly name: string;
  /** How many there are, from one decade to the next. */
  readonly counts: readonly number[];
  /** Whether all of it has to be delivered; if not, it is there beside, and the time is to stay. */
  readonly delivered: boolean;
  /** What is counted, in words. */
  readonly what: string;
}

const decades = (first: number, last: number): readonly number[] => {
  const counts: number[] = [];
  for (let count = first; count <= last; count *= 10) counts.push(count);
  return counts;
};

export const AXES: readonly Axis[] = [
  { name: 'listeners', counts: decades(1, 10_000), delivered: true, what: 'listeners of the channel' },
  // Names of one event are bounded by the protocol.
  { name: 'users', counts: decades(1, 1_000), delivered: true, what: 'users that an event names, one listener each' },
  { name: 'bytes', counts: decades(10, 100_000), delivered: true, what: 'bytes of an event, for ten listeners' },
  { name: 'patterns', counts: decades(10, 100_000), delivered: false, what: 'wildcard patterns of others' },
  { name: 'expressions', counts: decades(10, 100_000), delivered: false, what: 'regular expressions of others' },
  { name: 'channels', counts: decades(10, 100_000), delivered: false, what: 'channels with an event each' },
  { name: 'stored', counts: decades(10, 100_000), delivered: false, what: 'stored events of the channel' },
  { name: 'connections', counts: decades(10, 100_000), delivered: false, what: 'connections that hear other channels' },
];

/** Exponents that are allowed: of what is delivered, and of what is only there. */
export const MOST_EXPONENT = { delivered: 1.05, beside: 0.1 } as const;

/**
 * The exponent of a power law through points: the slope of the line through their logarithms, by least squares.
 *
 * @param points - counts and milliseconds, at least two of different counts.
 */
export const exponentOf = (points: readonly (readonly [count: number, time: number])[]): number => {
  const logs = points.map(([count, time]) => [Math.log(count), Math.log(time)] as const);
  const mean = (of: 0 | 1): number => logs.reduce((sum, point) => sum + point[of], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const above = logs.reduce((sum, [count, time]) => sum + (count - x) * (time - y), 0);
  return above / logs.reduce((sum, [count]) => sum + (count - x) ** 2, 0);
};
