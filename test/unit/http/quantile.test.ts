import { describe, expect, it } from 'vitest';
import { Interval, type Metrics } from '../../../lib/protocol/http/interval.ts';
import { quantileOf } from '../../../lib/protocol/http/quantile.ts';
import { metricsJson } from '../../../lib/telemetry/metrics/json.ts';

const INFINITE = Number.POSITIVE_INFINITY;
const of = (...buckets: readonly (readonly [bound: number, count: number])[]) =>
  buckets.map(([bound, count]) => ({ bound, count }));

describe('a quantile of a histogram', () => {
  const buckets = of([10, 50], [20, 90], [INFINITE, 100]);

  it.each([
    [0.25, 5],
    [0.5, 10],
    [0.7, 15],
    [0.99, 20],
    [1, 20],
  ])('lies within the bucket that holds it: %d', (share, value) => {
    expect(quantileOf(buckets, share)).toBe(value);
  });

  it.each([[[]], [of([10, 0], [INFINITE, 0])]])('is none if there are no values', (none) => {
    expect(quantileOf(none, 0.5)).toBeUndefined();
  });

  it('is the same of all there was as of what there was since nothing', () => {
    const value = { count: 100, sum: 0, buckets };
    const now = metricsJson([{ metric: 'events_latency', dimensions: {}, value }]);
    const before = metricsJson([]) as Metrics;
    const since = new Interval(before, now as Metrics, 1_000);
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => since.quantile('events_latency', share));
    expect(p50).toBe(10);
    expect(now['events_latency']?.samples).toEqual([expect.objectContaining({ p50, p95, p99 })]);
  });
});
