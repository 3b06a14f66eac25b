import type { Interval } from '../service/metrics.ts';
import { isParked } from './queues.ts';

/** A line of a chart. */
interface Line {
  readonly label: string;
  of(interval: Interval): number | null;
}

/** A chart: what it shows, and of which metrics. */
export interface Panel {
  readonly title: string;
  /** What its numbers are: behind each of them, and above the chart. */
  readonly unit: '/s' | 'ms' | '';
  readonly metrics: readonly string[];
  readonly lines: readonly Line[];
}

const percentile = (metric: string, share: number): Line => ({
  label: `p${Math.round(share * 100)}`,
  of: (interval) => interval.quantile(metric, share),
});

const rate = (label: string, metric: string): Line => ({ label, of: (interval) => interval.rate(metric) });

/** The stages on the way of an event, in their order. */
const STAGES = ['publish', 'queue', 'append', 'audience', 'post'];

/** The levels of rate limits, narrowest first. */
const LEVELS = {
  messageType: 'message type',
  connection: 'connection',
  user: 'user',
  global: 'everyone',
  stored: 'stored bytes',
  passing: 'bytes of unfinished messages',
};

export const PANELS: readonly Panel[] = [
  {
    title: 'Published',
    unit: '/s',
    metrics: ['messages_received', 'events_appended'],
    lines: [rate('messages of clients', 'messages_received'), rate('events appended', 'events_appended')],
  },
  {
    title: 'Delivered',
    unit: '/s',
    metrics: ['events_delivered', 'frames_posted'],
    lines: [rate('events', 'events_delivered'), rate('frames', 'frames_posted')],
  },
  {
    title: 'Latency, publish to posted',
    unit: 'ms',
    metrics: ['events_latency'],
    lines: [0.5, 0.95, 0.99].map((share) => percentile('events_latency', share)),
  },
  {
    title: 'Latency by stage, p95',
    unit: 'ms',
    metrics: ['events_stage_duration'],
    lines: STAGES.map((label) => ({
      label,
      of: (interval) => interval.quantile('events_stage_duration', 0.95, ({ stage }) => stage === label),
    })),
  },
  {
    title: 'Connections',
    unit: '',
    metrics: ['connections'],
    lines: [{ label: 'open', of: (interval) => interval.sum('connections') }],
  },
  {
    title: 'Queues',
    unit: '',
    metrics: ['rabbitmq_queue_depth'],
    lines: [
      { label: 'waiting', of: (interval) => interval.sum('rabbitmq_queue_depth', (queue) => !isParked(queue)) },
      { label: 'parked', of: (interval) => interval.sum('rabbitmq_queue_depth', isParked) },
    ],
  },
  {
    title: 'Lag of the slowest shard',
    unit: 'ms',
    metrics: ['rabbitmq_shard_lag'],
    lines: [{ label: 'oldest message waited', of: (interval) => interval.largest('rabbitmq_shard_lag') }],
  },
  {
    title: 'Refused by rate limits',
    unit: '/s',
    metrics: ['rate_limit_hits'],
    lines: Object.entries(LEVELS).map(([wanted, label]) => ({
      label,
      of: (interval) => interval.rate('rate_limit_hits', ({ level }) => level === wanted),
    })),
  },
  {
    title: 'Replays',
    unit: '/s',
    metrics: ['replay_requests', 'replay_events'],
    lines: [rate('requests', 'replay_requests'), rate('events', 'replay_events')],
  },
];
