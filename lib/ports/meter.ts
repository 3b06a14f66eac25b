import type { CounterName, DimensionsOf, GaugeName, HistogramName } from '../telemetry/metrics/table.ts';

/** Numbers of the whole service, added to from many places at once. Nothing here delays or fails its caller. */
export interface Counters {
  /** Adds a whole number. It is counted exactly once, unless this process ends within a second. */
  add(field: string, by: number): void;

  /** Sets a number; of several values the last one written counts. */
  set(field: string, value: number): void;

  /** Sends what waits along with the commands that are sent in this tick, costing no round trip of its own. */
  ride(): void;

  /** Resolves once what waited is written, or could not be and goes on waiting. */
  flush(): Promise<void>;

  /** @throws DependencyAway */
  read(): Promise<ReadonlyMap<string, number>>;
}

/** What is measured of the service: see the table of metrics. Never waits and never fails. */
export interface Meter {
  count<M extends CounterName>(metric: M, dimensions: DimensionsOf<M>, by?: number): void;

  /** @param value - in the metric’s unit. */
  observe<M extends HistogramName>(metric: M, dimensions: DimensionsOf<M>, value: number, times?: number): void;

  /** @param value - in the metric’s unit. */
  set<M extends GaugeName>(metric: M, dimensions: DimensionsOf<M>, value: number): void;
}
