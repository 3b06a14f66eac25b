import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Recorder } from './meter.ts';
import { parseSeries } from './metrics/series.ts';
import { METRICS, type Unit } from './metrics/table.ts';

/** What CloudWatch calls the units. */
const CLOUDWATCH_UNITS: Readonly<Record<Unit, (typeof MetricUnit)[keyof typeof MetricUnit]>> = {
  count: MetricUnit.Count,
  milliseconds: MetricUnit.Milliseconds,
  bytes: MetricUnit.Bytes,
};

/** Values of one histogram that one line takes, fewer than end it early; of more, as many are taken evenly. */
const MOST_VALUES = 99;

/** Milliseconds between two lots of lines: one per invocation would cost more than the invocation. */
const INTERVAL = 1_000;

interface Recorded {
  total: number;
  readonly values: number[];
}

/**
 * Collects what a function measures and writes it to the log in CloudWatch’s embedded format, from which CloudWatch
 * makes metrics: one line for what has no dimensions, and one per set of dimension values.
 */
export class EmfRecorder implements Recorder {
  readonly #metrics: Metrics;
  #recorded = new Map<string, Recorded>();
  #wroteAt = Number.NEGATIVE_INFINITY;

  /** @param namespace - under which CloudWatch keeps the metrics. */
  constructor(namespace: string) {
    this.#metrics = new Metrics({ namespace, serviceName: 'realtime-sync' });
  }

  record(series: string, value: number, times: number): void {
    let mine = this.#recorded.get(series);
    if (mine === undefined) {
      mine = { total: 0, values: [] };
      this.#recorded.set(series, mine);
    }
    mine.total += value;
    for (let i = 0; i < Math.min(times, MOST_VALUES); i++) mine.values.push(value);
  }

  /** Writes what was recorded since the last time, unless that is less than a second ago. */
  write(): void {
    const recorded = this.#recorded;
    if (recorded.size === 0 || performance.now() - this.#wroteAt < INTERVAL) return;
    this.#wroteAt = performance.now();
    this.#recorded = new Map();
    const groups = new Map<string, (() => void)[]>();
    for (const [text, values] of recorded) {
      const series = parseSeries(text);
      if (series === undefined) continue;
      const { metric, dimensions } = series;
      const key = JSON.stringify(dimensions);
      const group = groups.get(key) ?? [() => this.#label(dimensions)];
      groups.set(key, group);
      group.push(() => this.#add(metric, values));
    }
    for (const steps of groups.values()) {
      for (const step of steps) step();
      this.#metrics.publishStoredMetrics();
    }
  }

  #label(dimensions: Readonly<Record<string, string>>): void {
    if (Object.keys(dimensions).length > 0) this.#metrics.addDimensions({ ...dimensions });
  }

  #add(metric: keyof typeof METRICS, { total, values }: Recorded): void {
    const { kind, unit } = METRICS[metric];
    const written = kind === 'histogram' ? evenly(values, MOST_VALUES) : [kind === 'counter' ? total : values.at(-1)];
    for (const value of written) this.#metrics.addMetric(metric, CLOUDWATCH_UNITS[unit], value as number);
  }
}

/** At most so many of the values, evenly taken. */
const evenly = (values: readonly number[], most: number): readonly number[] =>
  values.length <= most
    ? values
    : Array.from({ length: most }, (_, i) => values[Math.floor((i * values.length) / most)] as number);
