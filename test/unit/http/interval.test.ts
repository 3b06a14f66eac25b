import { expect, it } from 'vitest';
import { Interval, type Metrics } from '../../../lib/protocol/http/interval.ts';

const of = (...values: readonly [shard: string, value: number | undefined][]): Metrics => ({
  events: {
    samples: values.map(([shard, value]) => ({ dimensions: { shard }, ...(value === undefined ? {} : { value }) })),
  },
});
const first = ({ shard }: Readonly<Record<string, string>>): boolean => shard === '1';

it('says how counters grew a second, of all series or of some', () => {
  const interval = new Interval(of(['1', 10], ['2', 5]), of(['1', 30], ['2', 7]), 2_000);
  expect(interval.rate('events')).toBe(11);
  expect(interval.rate('events', first)).toBe(10);
});

it.each([
  ['was not reported before', new Interval({}, of(['1', 1]), 1_000)],
  ['is not reported any more', new Interval(of(['1', 1]), {}, 1_000)],
  ['began anew', new Interval(of(['1', 2]), of(['1', 1]), 1_000)],
  ['was read twice at once', new Interval(of(['1', 1]), of(['1', 2]), 0)],
])('says no rate of what %s', (_, interval) => {
  expect(interval.rate('events')).toBeNull();
});

it('says what gauges were last: their sum, the largest, and each', () => {
  const interval = new Interval(of(['1', 50]), of(['1', 3], ['2', 5], ['3', undefined]), 1_000);
  expect([interval.sum('events'), interval.sum('events', first), interval.largest('events')]).toEqual([8, 3, 5]);
  expect(interval.each('events').map(({ dimensions, value }) => [dimensions['shard'], value])).toEqual([
    ['1', 3],
    ['2', 5],
    ['3', 0],
  ]);
  expect(new Interval({}, of(['3', undefined]), 1_000).largest('events')).toBe(0);
  expect(new Interval(of(['1', undefined]), of(['1', 2]), 1_000).rate('events')).toBe(2);
});

it('says nothing of gauges that nobody reports', () => {
  const interval = new Interval({}, {}, 1_000);
  expect([interval.sum('events'), interval.largest('events'), interval.each('events')]).toEqual([null, null, []]);
});

it('says the quantile of what was observed in between, of all series together', () => {
  const buckets = (one: number, all: number) => ({
    dimensions: {},
    buckets: [[10, one] as const, [null, all] as const],
  });
  const before = { latency: { samples: [buckets(90, 90)] } };
  const after = { latency: { samples: [buckets(92, 92), buckets(2, 4)] } };
  const interval = new Interval(before, after, 1_000);
  expect([1 / 6, 0.5, 1].map((share) => interval.quantile('latency', share))).toEqual([2.5, 7.5, 10]);
  expect(interval.quantile('other', 0.5)).toBeNull();
  expect(new Interval(after, after, 1_000).quantile('latency', 0.5)).toBeNull();
});
