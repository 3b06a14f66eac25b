/**
 * Every metric there is. The Prometheus text, the JSON, what goes to CloudWatch, both dashboards and docs/metrics.md are
 * derived from this table. A dimension takes few values, all known beforehand: never a connection, a user or a channel.
 */

/** `milliseconds` become seconds where Prometheus reads them. */
export type Unit = 'count' | 'milliseconds' | 'bytes';

interface Described {
  readonly help: string;
  readonly unit: Unit;
  readonly dimensions: readonly string[];
  /** The values of its one dimension that are there from the start, with nothing counted yet. */
  readonly values?: readonly string[];
}

/** Only ever grows; added up over all functions. */
interface CounterKind extends Described {
  readonly kind: 'counter';
}

/** A value as it last was. */
interface GaugeKind extends Described {
  readonly kind: 'gauge';
}

/** How often a value lay below each of some bounds; added up over all functions. */
interface HistogramKind extends Described {
  readonly kind: 'histogram';
  /** Upper bounds in the unit, ascending; a last one without a bound is implied. */
  readonly bounds: readonly number[];
}

export type Metric = CounterKind | GaugeKind | HistogramKind;

/** From half a millisecond to half a minute. */
const QUICK = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000];

/** From a second to the two hours after which the gateway cuts. */
const LONG = [1_000, 10_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000];

export const METRICS = {
  connections: {
    kind: 'gauge',
    unit: 'count',
    dimensions: [],
    help: 'Open connections.',
  },
  connections_opened: {
    kind: 'counter',
    unit: 'count',
    dimensions: [],
    help: 'Connections that were opened.',
  },
  connections_refused: {
    kind: 'counter',
    unit: 'count',
    dimensions: [],
    help: 'Connections that were refused because their user had as many as a user may have.',
  },
  connections_closed: {
    kind: 'counter',
    unit: 'count',
    dimensions: [],
    help: 'Connections that ended, whoever noticed.',
  },
  connections_unclosed: {
    kind: 'counter',
    unit: 'count',
    dimensions: [],
    help: 'Connections that were removed and whose socket could not be closed then; the sweeper closes it.',
  },
  connections_duration: {
    kind: 'histogram',
    unit: 'milliseconds',
    bounds: LONG,
    dimensions: [],
    help: 'How long connections were open.',
  },
  messages_received: {
    kind: 'counter',
    unit: 'count',
    dimensions: ['type'],
    help: 'Messages of clients by type; "invalid" where there is no such type.',
  },
  messages_refused: {
    kind: 'counter',
    unit: 'count',
    dimensions: ['code'],
    help: 'Messages of clients that were answered by an error, by its code.',
  },
  messages_duration: {
    kind: 'histogram',
    unit: 'milliseconds',
    bounds: QUICK,
    dimensions: [],
    help: 'From the arrival of a client’s message in a function to its answer.',
  },
  events_accepted: {
    kind: 'counter',
    unit: 'count',
    dimensions: [],
    help: 'Broadcasts of clients that the broker confirmed, each acknowledgement once.',
  },
  events_appended: {
    kind: 'counter',
    unit: 'count',
    dimensions: [],
    help: 'Events new to a history, whoever published them; a private one counts once per user it names.',
  },
  events_duplicate: {
    kind: 'counter',
    unit: 'count',
    dimensions: [],
    help: 'Events the history had already, from a batch that came back or a second publish.',
  },
  events_delivered: {
    kind: 'counter',
    unit: 'count',
    dimensions: [],
    help: 'Events posted to connections that took all their frames of a batch; again where the batch came back.',
  },
  events_parked: {
    kind: 'counter',
    unit: 'count',
    dimensions: [],
    help: 'Messages put aside because they can never be processed.',
  },
  events_latency: {
    kind: 'histogram',
    unit: 'milliseconds',
    bounds: QUICK,
    dimensions: [],
    help: 'From the publish of an event to the end of its batch’s posts.',
  },
  events_stage_duration: {
    kind: 'histogram',
    unit: 'milliseconds',
    bounds: QUICK,
    dimensions: ['stage'],
    values: ['publish', 'queue', 'append', 'audience', 'post'],
    help: 'What the way of an event is made of: publish, queue, append, audience, post.',
  },
  frames_posted: {
    kind: 'counter',
    unit: 'count',
    dimensions: ['outcome'],
    values: ['taken', 'gone', 'stuck'],
    help: 'Frames posted to connections: taken; gone, the connection is no more; stuck, it was closed for not taking any.',
  },
  frames_throttled: {
    kind: 'counter',
    unit: 'count',
    dimensions: [],
    help: 'Posts the gateway answered with 429, which are tried again.',
  },
  rate_limit_hits: {
    kind: 'counter',
    unit: 'count',
    dimensions: ['level'],
    values: ['messageType', 'connection', 'user', 'backend', 'global'],
    help: 'Messages refused by a rate limit, by its level.',
  },
  rate_limit_fallbacks: {
    kind: 'counter',
    unit: 'count',
    dimensions: [],
    help: 'Messages that were counted by one process alone, since Redis was away.',
  },
  replay_requests: {
    kind: 'counter',
    unit: 'count',
    dimensions: ['outcome'],
    values: ['recovered', 'partial'],
    help: 'Replays: recovered, nothing is missing; partial, something is.',
  },
  replay_events: {
    kind: 'counter',
    unit: 'count',
    dimensions: [],
    help: 'Events replayed.',
  },
  replay_truncated: {
    kind: 'counter',
    unit: 'count',
    dimensions: [],
    help: 'Replays that had more than one answer may hold.',
  },
  rabbitmq_queue_depth: {
    kind: 'gauge',
    unit: 'count',
    dimensions: ['queue'],
    help: 'Messages in a queue that no consumer holds.',
  },
  rabbitmq_queue_consumers: {
    kind: 'gauge',
    unit: 'count',
    dimensions: ['queue'],
    help: 'Consumers of a queue.',
  },
  rabbitmq_foreign_bindings: {
    kind: 'gauge',
    unit: 'count',
    dimensions: [],
    help: 'What is bound to the exchange of events beside the shards, and takes events away from them; absent where unknown.',
  },
  rabbitmq_shard_steps: {
    kind: 'counter',
    unit: 'count',
    dimensions: ['queue'],
    help: 'Batches a shard finished, and how often it posted on to further connections; goes on while messages wait in it.',
  },
  rabbitmq_redelivered: {
    kind: 'counter',
    unit: 'count',
    dimensions: ['queue'],
    help: 'Messages of a shard queue that had been handed out before.',
  },
  rabbitmq_shard_lag: {
    kind: 'gauge',
    unit: 'milliseconds',
    dimensions: ['queue'],
    help: 'How long the oldest message of a shard’s last batch had waited.',
  },
  appended_published: {
    kind: 'counter',
    unit: 'count',
    dimensions: [],
    help: 'Events that were published to back-ends, by the exchanges `appended` and `appended.private`; again where that was not certain.',
  },
  appended_lost: {
    kind: 'counter',
    unit: 'count',
    dimensions: [],
    help: 'Events that were gone before they could be published to back-ends, which are told so.',
  },
  appended_lag: {
    kind: 'gauge',
    unit: 'milliseconds',
    dimensions: [],
    help: 'How long, at worst, an event had waited that was published to back-ends last, or waits to be.',
  },
  consumer_events: {
    kind: 'counter',
    unit: 'count',
    dimensions: [],
    help: 'Events that were handed out to named consumers over HTTP; again where they were not acknowledged.',
  },
  consumer_gaps: {
    kind: 'counter',
    unit: 'count',
    dimensions: [],
    help: 'Times that a named consumer was told of events which were gone before it pulled them.',
  },
  consumer_lag: {
    kind: 'gauge',
    unit: 'milliseconds',
    dimensions: [],
    help: 'How long, at worst, an event has been waiting for a named consumer, of those that were looked at last.',
  },
  service_events_lag: {
    kind: 'gauge',
    unit: 'milliseconds',
    dimensions: [],
    help: 'How long, at worst, something had been true of the service that was told last on `$service:…`, or waits to be.',
  },
  memory_used: {
    kind: 'gauge',
    unit: 'bytes',
    dimensions: ['function'],
    help: 'Resident memory of the process a function last ran in.',
  },
  event_loop_delay: {
    kind: 'gauge',
    unit: 'milliseconds',
    dimensions: [],
    help: 'How late timers of the monitor’s process were, at worst, since it was last looked at.',
  },
  health: {
    kind: 'gauge',
    unit: 'count',
    dimensions: ['check'],
    help: '1 where a check of GET /health passed, 0 where it failed.',
  },
  uptime: {
    kind: 'gauge',
    unit: 'milliseconds',
    dimensions: [],
    help: 'Time since the start, or in the cloud since the deployment.',
  },
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof METRICS;

type OfKind<K extends Metric['kind']> = {
  [M in MetricName]: (typeof METRICS)[M]['kind'] extends K ? M : never;
}[MetricName];

export type CounterName = OfKind<'counter'>;
export type GaugeName = OfKind<'gauge'>;
export type HistogramName = OfKind<'histogram'>;

/** A value for each dimension of a metric. */
export type DimensionsOf<M extends MetricName> = Readonly<Record<(typeof METRICS)[M]['dimensions'][number], string>>;
