import type { Meter } from '../ports/meter.ts';
import { seriesText } from '../telemetry/metrics/series.ts';

/** Keeps what was measured: counters and gauges by series, histograms as the values observed. Holds all that its port guarantees. */
export class MemoryMeter implements Meter {
  readonly numbers = new Map<string, number>();
  readonly observations = new Map<string, number[]>();

  count: Meter['count'] = (metric, dimensions, by = 1) => {
    const series = seriesText(metric, dimensions);
    if (by !== 0) this.numbers.set(series, (this.numbers.get(series) ?? 0) + by);
  };

  observe: Meter['observe'] = (metric, dimensions, value, times = 1) => {
    const series = seriesText(metric, dimensions);
    const values = this.observations.get(series) ?? [];
    this.observations.set(series, values);
    for (let i = 0; i < times; i++) values.push(value);
  };

  set: Meter['set'] = (metric, dimensions, value) => void this.numbers.set(seriesText(metric, dimensions), value);
}
