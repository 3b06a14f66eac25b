import { describe, expect, it } from 'vitest';
import { metricsOf, PANELS } from '../../../console/src/overview/panels.ts';
import { FIGURES } from '../../../lib/protocol/http/figures.ts';
import { Interval, type Metrics } from '../../../lib/protocol/http/interval.ts';
import { metricsJson } from '../../../lib/telemetry/metrics/json.ts';
import { bucketOf, histogramFields, readingsOf } from '../../../lib/telemetry/metrics/series.ts';
import { METRICS } from '../../../lib/telemetry/metrics/table.ts';

/** What the service would answer for these numbers. */
const answered = (numbers: Readonly<Record<string, number>>): Metrics =>
  JSON.parse(JSON.stringify(metricsJson(readingsOf(new Map(Object.entries(numbers)))))) as Metrics;

/** What an observation adds to. */
const observed = (series: string, bounds: readonly number[], value: number, times: number): [string, number][] => {
  const { buckets, sum } = histogramFields(series, bounds);
  return [
    [buckets[bucketOf(bounds, value)] as string, times],
    [sum, Math.round(value * 1_000) * times],
  ];
};

const latencies = (...values: readonly number[]): Record<string, number> => {
  const numbers: Record<string, number> = {};
  for (const value of values) {
    for (const [field, by] of observed('events_latency', METRICS.events_latency.bounds, value, 1)) {
      numbers[field] = (numbers[field] ?? 0) + by;
    }
  }
  return numbers;
};

describe('what happened between two readings', () => {
  it('is a counter’s growth a second, of all series or of those that fit', () => {
    const before = answered({ 'messages_received{type=ping}': 5, 'messages_received{type=broadcast}': 10 });
    const after = answered({ 'messages_received{type=ping}': 7, 'messages_received{type=broadcast}': 30 });
    const interval = new Interval(before, after, 2_000);
    expect(interval.rate('messages_received')).toBe(11);
    expect(interval.rate('messages_received', ({ type }) => type === 'ping')).toBe(1);
    expect(interval.rate('events_appended')).toBe(0);
  });

  it('is not known of a counter that began anew, or is not reported', () => {
    const interval = new Interval(answered({ events_appended: 5 }), answered({ events_appended: 1 }), 1_000);
    expect(interval.rate('events_appended')).toBeNull();
    expect(interval.rate('no_such_metric')).toBeNull();
    expect(interval.sum('no_such_metric')).toBeNull();
    expect(new Interval(answered({}), answered({}), 0).rate('events_appended')).toBeNull();
  });

  it('is a quantile of what was observed meanwhile, and of nothing before', () => {
    const before = latencies(30_000, 30_000, 30_000);
    const after = latencies(30_000, 30_000, 30_000, 3, 3, 3, 8);
    const interval = new Interval(answered(before), answered(after), 1_000);
    expect(interval.quantile('events_latency', 0.5)).toBeCloseTo(4);
    expect(interval.quantile('events_latency', 0.99)).toBeCloseTo(9.8);
    expect(new Interval(answered(after), answered(after), 1_000).quantile('events_latency', 0.5)).toBeNull();
  });

  it('adds up gauges as they are now', () => {
    const depth = { 'rabbitmq_queue_depth{queue=events.0}': 3, 'rabbitmq_queue_depth{queue=events.parked}': 4 };
    const interval = new Interval(answered({}), answered(depth), 1_000);
    expect(interval.sum('rabbitmq_queue_depth')).toBe(7);
    expect(interval.sum('rabbitmq_queue_depth', ({ queue }) => queue === 'events.0')).toBe(3);
  });
});

describe('the charts', () => {
  it.each(PANELS.map((panel) => [panel.title, panel] as const))('%s is of metrics there are', (_, panel) => {
    for (const metric of metricsOf(panel)) expect(METRICS).toHaveProperty(metric);
  });

  it('show each line of what the service reports', () => {
    const numbers = {
      connections: 2,
      ...latencies(5),
      'rate_limit_hits{level=user}': 1,
      'replay_requests{outcome=recovered}': 1,
      'rabbitmq_queue_depth{queue=events.0}': 1,
      ...Object.fromEntries(
        observed('events_stage_duration{stage=append}', METRICS.events_stage_duration.bounds, 2, 1),
      ),
    };
    const interval = new Interval(answered({}), answered(numbers), 1_000);
    const shown = PANELS.flatMap(({ lines }) =>
      lines.map(({ label, figure }) => [label, FIGURES[figure].of(interval)] as const),
    );
    expect(Object.fromEntries(shown)).toMatchObject({
      open: 2,
      user: 1,
      requests: 1,
      waiting: 1,
      append: 1.95,
      p50: 3.5,
    });
  });
});
