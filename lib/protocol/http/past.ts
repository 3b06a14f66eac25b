import { byName, instant, list, number, object, type Read, required } from '../messages/fields.ts';

const pastPoint = {
  at: required(instant, 'When it was read'),
  values: required(byName(number, 'figures'), 'Figures by their names; of those alone that could be said'),
};
/** The figures of a time. */
export type PastPoint = Read<typeof pastPoint>;

/** What `GET /metrics/past` answers. */
export const metricsPast = {
  points: required(list(object(pastPoint), 'points'), 'Those of the last hour, the oldest first'),
};
export type MetricsPast = Read<typeof metricsPast>;
