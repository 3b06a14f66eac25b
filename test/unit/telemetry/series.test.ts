import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SharedMeter } from '../../../lib/telemetry/meter.ts';
import { metricsJson } from '../../../lib/telemetry/metrics/json.ts';
import { parseSeries, readingsOf, seriesText } from '../../../lib/telemetry/metrics/series.ts';
import { METRICS, type Metric, type MetricName } from '../../../lib/telemetry/metrics/table.ts';

const names = Object.keys(METRICS) as MetricName[];
const value = fc.stringMatching(/^[a-zA-Z0-9_.:$-]{1,20}$/);
const series = fc.tuple(fc.constantFrom(...names), value).map(([metric, text]) => ({
  metric,
  dimensions: Object.fromEntries(METRICS[metric].dimensions.map((name) => [name, text])),
}));

/** A meter, and what it counts. */
const counted = () => {
  const numbers = new Map<string, number>();
  const add = (field: string, by: number) => void numbers.set(field, (numbers.get(field) ?? 0) + by);
  const none = async () => undefined;
  const counters = { add, set: add, ride: () => undefined, flush: none, read: async () => numbers };
  return { numbers, meter: new SharedMeter(counters, undefined) };
};

describe('series', () => {
  it('stand at zero before anything happened, under every value that the table names', () => {
    const read = readingsOf(new Map([['frames_posted{outcome=gone}', 3]]));
    const posted = read.filter(({ metric }) => metric === 'frames_posted');
    expect(posted.map(({ dimensions, value: count }) => [dimensions['outcome'], count])).toEqual([
      ['gone', 3],
      ['stuck', 0],
      ['taken', 0],
    ]);
    const named = names.filter((name) => 'values' in METRICS[name]);
    expect(named).toEqual(expect.arrayContaining(['rate_limit_hits', 'replay_requests', 'events_stage_duration']));
    for (const name of named) expect(read.filter(({ metric }) => metric === name).length).toBeGreaterThan(1);
  });

  it('[O-1] a series is read as it was written', () => {
    fc.assert(
      fc.property(series, ({ metric, dimensions }) => {
        expect(parseSeries(seriesText(metric, dimensions))).toEqual({ metric, dimensions });
      }),
    );
  });

  it.each(['nonsense', 'connections{a=b}', 'frames_posted', 'frames_posted{other=taken}', 'toString', '__proto__', ''])(
    'passes over %j, which no table of ours has',
    (text) => {
      expect(parseSeries(text)).toBeUndefined();
      expect(readingsOf(new Map([[text, 1]])).every(({ value: read }) => typeof read !== 'number' || read === 0)).toBe(
        true,
      );
    },
  );

  it('[O-1] has every metric without dimensions from the beginning, in the table’s order', () => {
    const plain = names.filter((name) => METRICS[name].dimensions.length === 0);
    expect(
      readingsOf(new Map()).flatMap(({ metric, dimensions }) => (Object.keys(dimensions).length === 0 ? [metric] : [])),
    ).toEqual(plain);
  });

  it('[O-2] a histogram counts every observation once, and never less in a wider bucket', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: 0, max: 50_000, noNaN: true }), fc.integer({ min: 1, max: 9 }))),
        (values) => {
          const { numbers, meter } = counted();
          for (const [each, times] of values) {
            meter.observe('events_latency', {}, each, times);
          }
          const read = readingsOf(numbers).find(({ metric }) => metric === 'events_latency')?.value;
          if (typeof read !== 'object') return expect.unreachable();
          expect(read.count).toBe(values.reduce((sum, [, times]) => sum + times, 0));
          for (const { bound, count } of read.buckets) {
            expect(count).toBe(values.reduce((sum, [each, times]) => sum + (each <= bound ? times : 0), 0));
          }
          expect(read.sum).toBeCloseTo(
            values.reduce((sum, [each, times]) => sum + each * times, 0),
            1,
          );
          for (const number of numbers.values()) expect(Number.isInteger(number)).toBe(true);
        },
      ),
    );
  });
});

it('[O-3] the JSON names every metric with its kind, unit and help', () => {
  const json = metricsJson(readingsOf(new Map([['frames_posted{outcome=taken}', 3]])));
  expect(Object.keys(json)).toEqual(names);
  for (const [name, { kind, unit, help }] of Object.entries(METRICS) as [string, Metric][]) {
    expect(json[name]).toMatchObject({ kind, unit, help });
  }
  expect(json['frames_posted']?.samples).toContainEqual({ dimensions: { outcome: 'taken' }, value: 3 });
  expect(json['events_latency']?.samples).toMatchObject([{ count: 0, p50: 0, p99: 0 }]);
});
