import { METRICS, type Metric, type MetricName } from './table.ts';

/** A metric under one set of values of its dimensions. */
export interface Series {
  readonly metric: MetricName;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** A series as text, `name` or `name{dimension=value}`: what its number is kept under. */
export const seriesText = (metric: MetricName, dimensions: Readonly<Record<string, string>>): string => {
  const names: readonly string[] = METRICS[metric].dimensions;
  if (names.length === 0) return metric;
  // Built for every count there is, nearly always with one dimension.
  const [only] = names;
  if (names.length === 1 && only !== undefined) return `${metric}{${only}=${dimensions[only]}}`;
  return `${metric}{${names.map((name) => `${name}=${dimensions[name]}`).join(',')}}`;
};

/**
 * Reads what `seriesText` wrote.
 *
 * @returns undefined for a series that is not in the table, which another version may have written.
 */
export const parseSeries = (text: string): Series | undefined => {
  const [, name = '', inner = ''] = /^([a-z_]+)(?:\{(.*)\})?$/.exec(text) ?? [];
  if (!Object.hasOwn(METRICS, name)) return undefined;
  const metric = name as MetricName;
  const dimensions = Object.fromEntries(
    inner === '' ? [] : inner.split(',').map((pair): [string, string] => cut(pair, '=')),
  );
  const expected: readonly string[] = METRICS[metric].dimensions;
  const given = Object.keys(dimensions);
  return given.length === expected.length && expected.every((dimension) => Object.hasOwn(dimensions, dimension))
    ? { metric, dimensions }
    : undefined;
};

/** The two sides of the first separator. */
const cut = (text: string, separator: string): [string, string] => {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
};

const SUM = 'sum';
const UNBOUNDED = 'inf';

/** The fields the numbers of a histogram are kept under. */
export interface HistogramFields {
  /** How often a value lay at or below each bound and above the one before; the last is for those above all. */
  readonly buckets: readonly string[];
  /** The sum in thousandths of the unit, so that every number is whole. */
  readonly sum: string;
}

export const histogramFields = (series: string, bounds: readonly number[]): HistogramFields => ({
  buckets: [...bounds, UNBOUNDED].map((bound) => `${series}#${bound}`),
  sum: `${series}#${SUM}`,
});

/** In which bucket a value lies. */
export const bucketOf = (bounds: readonly number[], value: number): number => {
  let bucket = 0;
  while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
  return bucket;
};

/** How often values of one series lay at or below each bound, and their sum. */
interface Distribution {
  /** Ascending; the last is infinite. Each includes those before it. */
  readonly buckets: readonly { readonly bound: number; readonly count: number }[];
  readonly count: number;
  readonly sum: number;
}

type Value = number | Distribution;

export interface Reading extends Series {
  readonly value: Value;
}

const distributionOf = (bounds: readonly number[], parts: ReadonlyMap<string, number>): Distribution => {
  let count = 0;
  const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound) => {
    count += parts.get(bound === Number.POSITIVE_INFINITY ? UNBOUNDED : String(bound)) ?? 0;
    return { bound, count };
  });
  return { buckets, count, sum: (parts.get(SUM) ?? 0) / 1_000 };
};

/** The series of a metric that are there before anything happened: without them, the first event of one is no increase. */
const knownOf = (name: MetricName): readonly string[] => {
  const { dimensions, values = [] }: Metric = METRICS[name];
  return values.map((value) => `${name}{${dimensions[0]}=${value}}`);
};

/**
 * Makes readings of the numbers that were kept, in the table’s order. A metric without dimensions is always there,
 * and so is one under the values that it names in the table.
 *
 * @param numbers - by field; what is not in the table is left out.
 */
export const readingsOf = (numbers: ReadonlyMap<string, number>): readonly Reading[] => {
  const plain = new Map<string, number>();
  const parts = new Map<string, Map<string, number>>();
  for (const [field, value] of numbers) {
    const [series, part] = cut(field, '#');
    if (part === '') plain.set(series, value);
    else parts.set(series, (parts.get(series) ?? new Map()).set(part, value));
  }
  return (Object.entries(METRICS) as [MetricName, Metric][]).flatMap(([name, metric]) => {
    const source: ReadonlyMap<string, unknown> = metric.kind === 'histogram' ? parts : plain;
    const texts = metric.dimensions.length === 0 ? [name] : [...new Set([...source.keys(), ...knownOf(name)])].sort();
    return texts.flatMap((text): Reading[] => {
      const series = parseSeries(text);
      if (series?.metric !== name) return [];
      const value =
        metric.kind === 'histogram'
          ? distributionOf(metric.bounds, parts.get(text) ?? new Map())
          : (plain.get(text) ?? 0);
      return [{ ...series, value }];
    });
  });
};
