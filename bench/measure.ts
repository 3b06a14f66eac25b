import { quantile } from '../client/terminal/quantile.ts';

/** One figure a run came to. */
export interface Measure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the product means to reach; undefined where there is nothing to reach. */
  readonly target?: number;
  readonly better: 'higher' | 'lower';
}

/** How a run is done. */
export interface RunOptions {
  /** Fewer rounds and smaller numbers: minutes instead of a quarter of an hour. */
  readonly quick: boolean;
  /** Only what a revision is compared by, without its rivals: seconds. See `COMPARED`. */
  readonly own: boolean;
  /** Events that back-ends are to hear, of the suite that is of them; its own number unless it is told. */
  readonly events?: number;
  /** Servers of the run’s own, started when first asked for and shared by its suites. */
  readonly backends: () => Promise<Backends>;
}

export interface Backends {
  readonly redisUrl: string;
  readonly rabbitmqUrl: string;
  /** The process of Redis; undefined if its address was given. */
  readonly redisPid?: number | undefined;
}

/** A suite measures one thing, and says what it is doing. */
export type Suite = (say: (line: string) => void, options: RunOptions) => Promise<readonly Measure[]>;

/** The middle value. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/**
 * Runs rivals one after another, round by round, so that what else the machine does meets all of them alike. The first
 * round warms them up and is not counted.
 *
 * @param rounds - counted ones.
 * @returns the median of each rival’s results, by its name.
 */
export const alternating = async <Name extends string>(
  rounds: number,
  rivals: Readonly<Record<Name, () => Promise<number> | number>>,
): Promise<Record<Name, number>> => {
  const names = Object.keys(rivals) as Name[];
  const results = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const result = await rivals[name]();
      if (round > 0) results.get(name)?.push(result);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(results.get(name) ?? [])])) as Record<Name, number>;
};

/** Whether a measure reaches its target; undefined where it has none. */
export const met = ({ value, target, better }: Measure): boolean | undefined => {
  if (target === undefined) return undefined;
  return better === 'higher' ? value >= target : value <= target;
};
