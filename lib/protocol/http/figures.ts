import type { Interval } from './interval.ts';

/** A number that says how the service is, of two readings of its metrics. */
export interface Figure {
  /** The metric that it is of. */
  readonly metric: string;
  /** @returns null where it cannot be said. */
  of(interval: Interval): number | null;
}

/** Whether a queue holds what was put aside. */
export const isParked = ({ queue = '' }: Readonly<Record<string, string>>): boolean => queue.endsWith('parked');

const rate = (metric: string): Figure => ({ metric, of: (interval) => interval.rate(metric) });

const latency = (share: number): Figure => ({
  metric: 'events_latency',
  of: (interval) => interval.quantile('events_latency', share),
});

const stage = (wanted: string): Figure => ({
  metric: 'events_stage_duration',
  of: (interval) => interval.quantile('events_stage_duration', 0.95, (of) => of['stage'] === wanted),
});

const refused = (wanted: string): Figure => ({
  metric: 'rate_limit_hits',
  of: (interval) => interval.rate('rate_limit_hits', ({ level }) => level === wanted),
});

/** The figures that are charted, and kept for an hour. */
export const FIGURES = {
  messages: rate('messages_received'),
  appended: rate('events_appended'),
  delivered: rate('events_delivered'),
  frames: rate('frames_posted'),
  p50: latency(0.5),
  p95: latency(0.95),
  p99: latency(0.99),
  publish: stage('publish'),
  queue: stage('queue'),
  append: stage('append'),
  audience: stage('audience'),
  post: stage('post'),
  connections: { metric: 'connections', of: (interval) => interval.sum('connections') },
  waiting: {
    metric: 'rabbitmq_queue_depth',
    of: (interval) => interval.sum('rabbitmq_queue_depth', (queue) => !isParked(queue)),
  },
  parked: { metric: 'rabbitmq_queue_depth', of: (interval) => interval.sum('rabbitmq_queue_depth', isParked) },
  lag: { metric: 'rabbitmq_shard_lag', of: (interval) => interval.largest('rabbitmq_shard_lag') },
  appendedLag: { metric: 'appended_lag', of: (interval) => interval.largest('appended_lag') },
  consumerLag: { metric: 'consumer_lag', of: (interval) => interval.largest('consumer_lag') },
  serviceEventsLag: {
    metric: 'service_events_lag',
    of: (interval) => interval.largest('service_events_lag'),
  },
  refusedByType: refused('messageType'),
  refusedByConnection: refused('connection'),
  refusedByUser: refused('user'),
  refusedByAll: refused('global'),
  refusedByStored: refused('stored'),
  refusedByPassing: refused('passing'),
  replays: rate('replay_requests'),
  replayed: rate('replay_events'),
} as const satisfies Readonly<Record<string, Figure>>;

export type FigureName = keyof typeof FIGURES;

/** The figures that can be said of an interval, each to four digits. */
export const figuresOf = (interval: Interval): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries<Figure>(FIGURES).flatMap(([name, { of }]) => {
      const value = of(interval);
      return value === null ? [] : [[name, Number(value.toPrecision(4))]];
    }),
  );
