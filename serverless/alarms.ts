import type { MetricName } from '../lib/telemetry/metrics/table.ts';
import { type AlarmKind, firstStepsOf } from './first-steps.ts';
import type { Resource } from './template.ts';

type Comparison = 'above' | 'below';

/** One alarm: what is watched, and from where on somebody should look. What to do then: docs/alarms.md. */
interface Alarm {
  /** Its heading in docs/alarms.md. */
  readonly kind: AlarmKind;
  /** Its name, where several are of one kind. */
  readonly name?: string;
  readonly about: string;
  readonly namespace: string;
  readonly metric: string;
  /** What the metric is divided by: another of the same dimensions. */
  readonly shareOf?: string;
  readonly dimensions: Readonly<Record<string, unknown>>;
  readonly statistic: 'Sum' | 'Maximum' | 'Minimum' | 'Average';
  readonly comparison?: Comparison;
  readonly threshold: number;
  /** Minutes in a row. */
  readonly minutes: number;
}

const ref = (name: string) => ({ Ref: name });

export interface Watched {
  readonly service: string;
  readonly stage: string;
  /** Keys of the functions, with what each is called in the template. */
  readonly functions: readonly { readonly key: string; readonly resource: string }[];
  /** The broker's name. */
  readonly broker: unknown;
  /** Connections that its nodes take together. */
  readonly brokerConnections: number;
  readonly cacheShards: number;
  readonly cacheReplicas: number;
  /** The shards’ queues. */
  readonly shards: readonly string[];
}

const ofFunctions = ({ functions }: Watched): Alarm[] =>
  functions.flatMap(({ key, resource }) => {
    const lambda = { namespace: 'AWS/Lambda', dimensions: { FunctionName: ref(resource) }, statistic: 'Sum' } as const;
    return [
      {
        ...lambda,
        kind: 'errors' as const,
        name: `${key}-errors`,
        about: 'Invocations fail',
        metric: 'Errors',
        threshold: 5,
        minutes: 3,
      },
      {
        ...lambda,
        kind: 'throttles' as const,
        name: `${key}-throttles`,
        about: 'Lambda refuses',
        metric: 'Throttles',
        threshold: 5,
        minutes: 3,
      },
    ];
  });

const ofBroker = ({ broker: name, brokerConnections }: Watched): Alarm[] => {
  const broker = { namespace: 'AWS/AmazonMQ', dimensions: { Broker: name } } as const;
  return [
    {
      ...broker,
      kind: 'broker-backlog',
      about: 'More messages wait than the fan-out takes',
      metric: 'MessageReadyCount',
      statistic: 'Maximum',
      threshold: 20_000,
      minutes: 5,
    },
    {
      ...broker,
      kind: 'broker-cpu',
      about: 'The broker is near what its instances can do',
      metric: 'SystemCpuUtilization',
      statistic: 'Average',
      threshold: 80,
      minutes: 10,
    },
    {
      ...broker,
      kind: 'broker-connections',
      about: 'The broker soon takes no further connections; three quarters of what it takes are used up',
      metric: 'ConnectionCount',
      statistic: 'Maximum',
      threshold: Math.floor(brokerConnections * 0.75),
      minutes: 3,
    },
    {
      ...broker,
      kind: 'broker-disk',
      about: 'The broker soon refuses to take messages; what is free of its disk, by the limit at which it does',
      metric: 'RabbitMQDiskFree',
      shareOf: 'RabbitMQDiskFreeLimit',
      statistic: 'Minimum',
      comparison: 'below',
      threshold: 1.5,
      minutes: 5,
    },
  ];
};

/**
 * Connections to one node of Redis at which somebody is told. Each environment holds one, so it takes as many at once; and it
 * is less than a quarter of what a node takes, which is 65,000. Source: ElastiCache, maxclients.
 */
const MOST_CACHE_CONNECTIONS = 15_000;

/** ElastiCache tells of nodes, which it names after their group, shard and place in it. */
const ofCache = ({ cacheShards, cacheReplicas }: Watched): Alarm[] => {
  const padded = (number: number, digits: number) => String(number).padStart(digits, '0');
  return Array.from({ length: cacheShards }, (_, shard) =>
    Array.from({ length: cacheReplicas + 1 }, (__, place) => `${padded(shard + 1, 4)}-${padded(place + 1, 3)}`),
  )
    .flat()
    .flatMap((node) => {
      const cache = {
        namespace: 'AWS/ElastiCache',
        dimensions: { CacheClusterId: { 'Fn::Sub': `\${Cache}-${node}` } },
        minutes: 5,
      } as const;
      return [
        {
          ...cache,
          kind: 'cache-memory' as const,
          name: `cache-memory-${node}`,
          about: 'Redis is nearly full, and then refuses writes; per cent',
          metric: 'DatabaseMemoryUsagePercentage',
          statistic: 'Maximum' as const,
          threshold: 75,
        },
        {
          ...cache,
          kind: 'cache-cpu' as const,
          name: `cache-cpu-${node}`,
          about: 'Redis is near what one core can do; per cent',
          metric: 'EngineCPUUtilization',
          statistic: 'Average' as const,
          threshold: 80,
        },
        {
          ...cache,
          kind: 'cache-connections' as const,
          name: `cache-connections-${node}`,
          about: 'A node of Redis has far more connections than functions open; it refuses those beyond its maxclients',
          metric: 'CurrConnections',
          statistic: 'Maximum' as const,
          threshold: MOST_CACHE_CONNECTIONS,
        },
      ];
    });
};

const ofGateway = ({ stage }: Watched): Alarm[] => [
  {
    kind: 'websocket-integration',
    about: 'Frames of clients find no function that answers',
    namespace: 'AWS/ApiGateway',
    metric: 'IntegrationError',
    dimensions: { ApiId: ref('WebsocketsApi'), Stage: stage },
    statistic: 'Sum',
    threshold: 10,
    minutes: 3,
  },
  {
    kind: 'http-errors',
    about: 'The HTTP endpoints fail; an unhealthy GET /health is among them',
    namespace: 'AWS/ApiGateway',
    metric: '5xx',
    dimensions: { ApiId: ref('HttpApi') },
    statistic: 'Sum',
    threshold: 3,
    minutes: 3,
  },
];

/** Of what the service measures of itself: lib/telemetry/metrics/table.ts. */
const ofService = ({ service, stage }: Watched): Alarm[] => {
  const own = { namespace: `${service}-${stage}`, minutes: 3 } as const;
  const vital = ['websocket', 'redis', 'rabbitmq'] as const;
  return [
    ...vital.map((check) => ({
      ...own,
      kind: `health-${check}` as const,
      about: `The service cannot do without its ${check} check, and it fails`,
      metric: 'health' satisfies MetricName,
      dimensions: { service: 'realtime-sync', check },
      statistic: 'Minimum' as const,
      comparison: 'below' as const,
      threshold: 1,
    })),
    {
      ...own,
      kind: 'latency',
      about: 'Events reach connections late; milliseconds',
      metric: 'events_latency' satisfies MetricName,
      dimensions: { service: 'realtime-sync' },
      statistic: 'Average',
      threshold: 5_000,
    },
    {
      ...own,
      kind: 'appended-lag',
      about: 'Back-ends hear late what was appended; clients are not concerned; milliseconds',
      metric: 'appended_lag' satisfies MetricName,
      dimensions: { service: 'realtime-sync' },
      statistic: 'Maximum',
      threshold: 60_000,
      minutes: 5,
    },
    {
      ...own,
      kind: 'consumer-lag',
      about: 'Events wait long for a named consumer; clients are not concerned; milliseconds',
      metric: 'consumer_lag' satisfies MetricName,
      dimensions: { service: 'realtime-sync' },
      statistic: 'Maximum',
      // More than it is for who pulls from a schedule of minutes.
      threshold: 600_000,
      minutes: 5,
    },
    {
      ...own,
      kind: 'service-events-lag',
      about: 'What comes true of the service is told late on its own channels; milliseconds',
      metric: 'service_events_lag' satisfies MetricName,
      dimensions: { service: 'realtime-sync' },
      statistic: 'Maximum',
      threshold: 60_000,
      minutes: 5,
    },
    {
      ...own,
      kind: 'parked',
      about: 'Messages could not be processed and were set aside',
      metric: 'events_parked' satisfies MetricName,
      dimensions: { service: 'realtime-sync' },
      statistic: 'Sum',
      threshold: 0,
      minutes: 1,
    },
  ];
};

/** How long a shard’s messages wait: where it grows, its mapping has stopped or is not enough. */
const ofShards = ({ service, stage, shards }: Watched): Alarm[] =>
  shards.map((queue, i) => ({
    kind: 'shard-lag',
    name: `shard-lag-${i}`,
    about: `Messages of the queue ${queue} wait; milliseconds`,
    namespace: `${service}-${stage}`,
    metric: 'rabbitmq_shard_lag' satisfies MetricName,
    dimensions: { service: 'realtime-sync', queue },
    statistic: 'Maximum',
    threshold: 30_000,
    minutes: 3,
  }));

const dimensionsOf = ({ dimensions }: Alarm) => Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));

/** What an alarm watches: one metric, or what two come to. */
const watchedBy = (alarm: Alarm): Record<string, unknown> => {
  const { namespace: Namespace, metric: MetricName, statistic: Stat, shareOf } = alarm;
  const Dimensions = dimensionsOf(alarm);
  if (shareOf === undefined) return { Namespace, MetricName, Dimensions, Statistic: Stat, Period: 60 };
  const metric = (Id: string, name: string) => ({
    Id,
    MetricStat: { Metric: { Namespace, MetricName: name, Dimensions }, Period: 60, Stat },
    ReturnData: false,
  });
  return {
    Metrics: [
      { Id: 'share', Expression: 'part / whole', Label: nameOf(alarm), ReturnData: true },
      metric('part', MetricName),
      metric('whole', shareOf),
    ],
  };
};

const nameOf = ({ kind, name = kind }: Alarm): string => name;

const resourceOf = (alarm: Alarm, { service, stage }: Watched): Resource => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName: `${service}-${stage}-${nameOf(alarm)}`,
    AlarmDescription: `${alarm.about}. First: ${firstStepsOf(alarm.kind)} More: docs/alarms.md.`,
    ...watchedBy(alarm),
    ComparisonOperator: alarm.comparison === 'below' ? 'LessThanThreshold' : 'GreaterThanThreshold',
    Threshold: alarm.threshold,
    EvaluationPeriods: alarm.minutes,
    TreatMissingData: 'notBreaching',
    AlarmActions: [ref('AlarmTopic')],
    OKActions: [ref('AlarmTopic')],
  },
});

const pascal = (name: string): string => name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());

/** @returns the alarms of a stage, as resources. */
export const alarmsOf = (watched: Watched): Record<string, Resource> =>
  Object.fromEntries(
    [ofFunctions, ofBroker, ofCache, ofGateway, ofService, ofShards]
      .flatMap((alarms) => alarms(watched))
      .map((alarm) => [`${pascal(nameOf(alarm))}Alarm`, resourceOf(alarm, watched)]),
  );
