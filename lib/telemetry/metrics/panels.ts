import type { MetricName } from './table.ts';

/** What a line of a panel shows of a metric: how much it grew a second, its value, or quantiles of it. */
export type Shown = 'rate' | 'value' | 'quantiles';

export interface Panel {
  readonly title: string;
  /** Unit of the axis, in Grafana’s names. */
  readonly unit: 'short' | 's' | 'bytes' | 'ops' | 'bool';
  readonly lines: readonly { readonly metric: MetricName; readonly shown: Shown }[];
}

/** Both dashboards, Grafana’s and CloudWatch’s, in reading order: what somebody on call looks at first. */
export const PANELS: readonly Panel[] = [
  { title: 'Health', unit: 'bool', lines: [{ metric: 'health', shown: 'value' }] },
  {
    title: 'Events',
    unit: 'ops',
    lines: [
      { metric: 'events_accepted', shown: 'rate' },
      { metric: 'events_appended', shown: 'rate' },
      { metric: 'events_delivered', shown: 'rate' },
      { metric: 'events_duplicate', shown: 'rate' },
    ],
  },
  { title: 'Latency, publish to post', unit: 's', lines: [{ metric: 'events_latency', shown: 'quantiles' }] },
  { title: 'Stages of an event’s way', unit: 's', lines: [{ metric: 'events_stage_duration', shown: 'quantiles' }] },
  { title: 'Shard lag', unit: 's', lines: [{ metric: 'rabbitmq_shard_lag', shown: 'value' }] },
  { title: 'Steps of the shards', unit: 'ops', lines: [{ metric: 'rabbitmq_shard_steps', shown: 'rate' }] },
  { title: 'Queue depth', unit: 'short', lines: [{ metric: 'rabbitmq_queue_depth', shown: 'value' }] },
  { title: 'Consumers', unit: 'short', lines: [{ metric: 'rabbitmq_queue_consumers', shown: 'value' }] },
  {
    title: 'Bound beside the shards',
    unit: 'short',
    lines: [{ metric: 'rabbitmq_foreign_bindings', shown: 'value' }],
  },
  {
    title: 'Redelivered and parked',
    unit: 'ops',
    lines: [
      { metric: 'rabbitmq_redelivered', shown: 'rate' },
      { metric: 'events_parked', shown: 'rate' },
    ],
  },
  {
    title: 'Published to back-ends',
    unit: 'ops',
    lines: [
      { metric: 'appended_published', shown: 'rate' },
      { metric: 'appended_lost', shown: 'rate' },
      { metric: 'consumer_events', shown: 'rate' },
      { metric: 'consumer_gaps', shown: 'rate' },
    ],
  },
  {
    title: 'How late back-ends hear',
    unit: 's',
    lines: [
      { metric: 'appended_lag', shown: 'value' },
      { metric: 'consumer_lag', shown: 'value' },
      { metric: 'service_events_lag', shown: 'value' },
    ],
  },
  { title: 'Connections', unit: 'short', lines: [{ metric: 'connections', shown: 'value' }] },
  {
    title: 'Connections opened and closed',
    unit: 'ops',
    lines: [
      { metric: 'connections_opened', shown: 'rate' },
      { metric: 'connections_refused', shown: 'rate' },
      { metric: 'connections_closed', shown: 'rate' },
      { metric: 'connections_unclosed', shown: 'rate' },
    ],
  },
  { title: 'How long connections last', unit: 's', lines: [{ metric: 'connections_duration', shown: 'quantiles' }] },
  {
    title: 'Frames by outcome',
    unit: 'ops',
    lines: [
      { metric: 'frames_posted', shown: 'rate' },
      { metric: 'frames_throttled', shown: 'rate' },
    ],
  },
  { title: 'Messages by type', unit: 'ops', lines: [{ metric: 'messages_received', shown: 'rate' }] },
  { title: 'Messages refused', unit: 'ops', lines: [{ metric: 'messages_refused', shown: 'rate' }] },
  { title: 'Time to answer a message', unit: 's', lines: [{ metric: 'messages_duration', shown: 'quantiles' }] },
  {
    title: 'Rate limits',
    unit: 'ops',
    lines: [
      { metric: 'rate_limit_hits', shown: 'rate' },
      { metric: 'rate_limit_fallbacks', shown: 'rate' },
    ],
  },
  {
    title: 'Replay',
    unit: 'ops',
    lines: [
      { metric: 'replay_requests', shown: 'rate' },
      { metric: 'replay_events', shown: 'rate' },
      { metric: 'replay_truncated', shown: 'rate' },
    ],
  },
  { title: 'Memory', unit: 'bytes', lines: [{ metric: 'memory_used', shown: 'value' }] },
  { title: 'Event loop delay', unit: 's', lines: [{ metric: 'event_loop_delay', shown: 'value' }] },
  { title: 'Uptime', unit: 's', lines: [{ metric: 'uptime', shown: 'value' }] },
];
