import {
  byName,
  choice,
  either,
  list,
  nullable,
  number,
  object,
  type Read,
  required,
  text,
  whole,
} from '../messages/fields.ts';

const dimensions = required(byName(text(), 'dimensions'), 'Which series of the metric it is');

const value = { dimensions, value: required(number, 'The count, or the value as it last was') };

const distribution = {
  dimensions,
  count: required(whole(), 'Observations'),
  sum: required(number, 'Their sum'),
  buckets: required(
    list(list(nullable(number), 'numbers', { atLeast: 2, atMost: 2 }), 'buckets'),
    'Pairs of an upper bound, null for the last, and how many lie at or below it',
  ),
  p50: required(number, 'What half of them do not exceed, as finely as the bounds tell'),
  p95: required(number, 'What 95 of a hundred do not exceed'),
  p99: required(number, 'What 99 of a hundred do not exceed'),
};

const metric = {
  kind: required(choice(['counter', 'gauge', 'histogram']), 'How its values come about'),
  unit: required(choice(['count', 'milliseconds', 'bytes']), 'What they are given in'),
  help: required(text(), 'What it says'),
  samples: required(
    list(either(object(value), object(distribution)), 'samples'),
    'One of each series; a distribution of a histogram',
  ),
};

/** What `GET /metrics?format=json` answers: every metric by its name. */
export const metrics = /* @__PURE__ */ byName(object(metric), 'metrics');
export type Metrics = Readonly<Record<string, Read<typeof metric>>>;

/** The forms in which metrics are given. */
export const METRIC_FORMATS = ['prometheus', 'json'] as const;
