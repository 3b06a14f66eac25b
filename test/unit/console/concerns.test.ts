import { expect, it } from 'vitest';
import { concernsOf } from '../../../console/src/overview/concerns.ts';
import { Interval } from '../../../lib/protocol/http/interval.ts';

const sample = (dimensions: Readonly<Record<string, string>>, value: number) => ({ dimensions, value });
const metrics = (lags: Readonly<Record<string, number>>, hits: Readonly<Record<string, number>>) => ({
  rabbitmq_shard_lag: { samples: Object.entries(lags).map(([queue, lag]) => sample({ queue }, lag)) },
  rate_limit_hits: { samples: Object.entries(hits).map(([level, count]) => sample({ level }, count)) },
});
const textsOf = (before: ReturnType<typeof metrics>, after: ReturnType<typeof metrics>) =>
  concernsOf(new Interval(before, after, 2_000)).map(({ text }) => text);

it('names the shards that are slow, and no others', () => {
  const now = metrics({ 'events.0': 4_999, 'events.1': 8_000 }, {});
  expect(textsOf(now, now)).toEqual(['The shard events.1 is slow: its oldest message waited 8 s.']);
});

it('names the limits that refuse just now, and not what they refused before', () => {
  expect(textsOf(metrics({}, { user: 7, global: 1 }), metrics({}, { user: 11, global: 1 }))).toEqual([
    'The limit of a user refuses 2 messages a second.',
  ]);
});

it('has nothing to say where all is well', () => {
  expect(textsOf(metrics({ 'events.0': 3 }, {}), metrics({ 'events.0': 3 }, {}))).toEqual([]);
});
