import type { Counters, Meter } from '../ports/meter.ts';
import { bucketOf, type HistogramFields, histogramFields, seriesText } from './metrics/series.ts';
import { type CounterName, type DimensionsOf, type GaugeName, type HistogramName, METRICS } from './metrics/table.ts';

/** Takes measurements one by one, as they are made. */
export interface Recorder {
  record(series: string, value: number, times: number): void;
}

/** Keeps what is measured in the counters of the whole service, and hands it on to a recorder where there is one. */
export class SharedMeter implements Meter {
  readonly #counters: Counters;
  readonly #recorder: Recorder | undefined;
  /** As many as the table has series of histograms. */
  readonly #histograms = new Map<string, HistogramFields>();

  constructor(counters: Counters, recorder: Recorder | undefined) {
    this.#counters = counters;
    this.#recorder = recorder;
  }

  count<M extends CounterName>(metric: M, dimensions: DimensionsOf<M>, by = 1): void {
    if (by === 0) return;
    const series = seriesText(metric, dimensions);
    this.#counters.add(series, by);
    this.#recorder?.record(series, by, 1);
  }

  observe<M extends HistogramName>(metric: M, dimensions: DimensionsOf<M>, value: number, times = 1): void {
    const series = seriesText(metric, dimensions);
    const { bounds } = METRICS[metric];
    let fields = this.#histograms.get(series);
    if (fields === undefined) {
      fields = histogramFields(series, bounds);
      this.#histograms.set(series, fields);
    }
    this.#counters.add(fields.buckets[bucketOf(bounds, value)] as string, times);
    this.#counters.add(fields.sum, Math.round(value * 1_000) * times);
    this.#recorder?.record(series, value, times);
  }

  set<M extends GaugeName>(metric: M, dimensions: DimensionsOf<M>, value: number): void {
    const series = seriesText(metric, dimensions);
    this.#counters.set(series, value);
    this.#recorder?.record(series, value, 1);
  }
}
