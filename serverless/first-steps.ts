/** What somebody does first when an alarm rings, in this order. */
type FirstSteps = readonly [string, string, string];

/**
 * For each kind of alarm. They are sent with it, to somebody who may have been asleep: a command or a place each, and what
 * it tells. More is in docs/alarms.md, which is made of them.
 */
const FIRST_STEPS = {
  errors: [
    'Read the errors in the log group of the function',
    'GET /health: is Redis or RabbitMQ away? Then go on with that alarm',
    'If it began with a deployment, deploy the version before it',
  ],
  throttles: [
    "Compare the account's concurrency with what Lambda uses (ConcurrentExecutions)",
    'Look in GET /metrics for one user who sends very much',
    'Raise the quota of concurrency, or what is reserved for this function',
  ],
  'broker-backlog': [
    'Do fanout-errors or fanout-throttles ring? Then go on with these',
    'Look in GET /metrics for posts answered 429: the quota of API Gateway is used up',
    'Else deploy with fanoutWindowMs=100, and then with more shards',
  ],
  'broker-cpu': [
    "Look on the broker's pages for a queue or a publisher that has far more than the others",
    'Have that publisher send less, if it is not meant',
    'Else deploy with a larger brokerInstanceType',
  ],
  'broker-connections': [
    "Look on the broker's pages whose the connections are: realtime-sync is the functions, back-end the back-ends",
    'Have back-ends keep one connection each; lower the reserved concurrency of the function that runs most',
    'Else deploy with a larger brokerInstanceType and its brokerConnections',
  ],
  'broker-disk': [
    "Look on the broker's pages for the queue that holds most",
    'If it is a shard, go on with broker-backlog',
    'If it is the queue of parked messages, list them with npm run parked, and drop what was not meant',
  ],
  'cache-memory': [
    'Look at the dashboard for what grew: connections, subscriptions or history',
    'Deploy with fewer eventReplayMaxEvents or eventReplayRetentionDays, which frees memory by itself',
    'Else deploy with more cacheShards or a larger cacheNodeType',
  ],
  'cache-cpu': [
    'Read the slow log in /aws/elasticache/ for the commands that take longest',
    'Look in GET /metrics for one user or channel that has far more than the others',
    'Else deploy with more cacheShards',
  ],
  'cache-connections': [
    'Look at the concurrency of the functions: each environment holds one connection to each node',
    'Have one node tell who is there (CLIENT LIST): is it somebody else?',
    'Lower the reserved concurrency of the function that has most',
  ],
  'websocket-integration': [
    'Do message-errors or message-throttles ring? Then go on with these',
    'Ask the stage: npm run doctor',
    'If it began with a deployment, deploy the version before it',
  ],
  'http-errors': [
    'GET /health names the part that fails, with its cause in reasons',
    'Go on with the alarm of that part',
    'If none is named, read the log groups of api and monitor',
  ],
  'health-websocket': [
    'Look in GET /metrics for posts answered 429: the quota of API Gateway is used up',
    "Read AWS's health page for API Gateway in this region",
    'Ask the stage: npm run doctor',
  ],
  'health-redis': [
    'Read the events of the replication group: a failover takes seconds',
    'Does cache-memory ring? A full Redis refuses writes: go on with that alarm',
    'Else compare the security groups with those of the template',
  ],
  'health-rabbitmq': [
    "Look at the broker's state in Amazon MQ, and on its pages for an alarm of memory or disk",
    'Look in Lambda whether every mapping of fanout and welcome is enabled',
    'Nothing that was acked is lost meanwhile. If a node is stuck, reboot the broker',
  ],
  latency: [
    "Look at the dashboard's panel of stages for where the time goes",
    'Do broker-backlog or shard-lag ring? Then go on with these',
    'Look in GET /metrics for posts answered 429: the quota of API Gateway is used up',
  ],
  parked: [
    'List them with reason and origin: npm run parked',
    'Mend what the reason names, mostly the back-end that published it',
    'Requeue what was meant, and drop the rest: npm run parked -- --help',
  ],
  'appended-lag': [
    "Look on the broker's pages for a queue of a back-end that is full: nothing is published past what it refuses",
    'Have its consumers run again, or give it more room; delete it if nobody needs it',
    'If none is full, read the log group of appended',
  ],
  'consumer-lag': [
    'Look with each back-end (GET /consumers, then GET /consumers/{name}) for the consumer whose lag is large',
    'Have its workers run again; one that is refused its acknowledgements takes longer than its lease',
    'Delete it if nobody needs it: DELETE /consumers/{name}',
  ],
  'service-events-lag': [
    'Do appended-errors or appended-throttles ring? Then go on with these',
    "Look at the broker's state: is it away, or the queue of a shard full? Then go on with health-rabbitmq or broker-backlog",
    'Else read the log group of appended; what waits is kept for a day, and told once it runs',
  ],
  'shard-lag': [
    'Is it one shard, or all? Of all, go on with broker-backlog',
    'Look in Lambda whether the mapping of this queue is enabled, and what its last result was',
    'Of one, look on the dashboard for a hot channel, and have its publisher send less',
  ],
} as const satisfies Readonly<Record<string, FirstSteps>>;

export type AlarmKind = keyof typeof FIRST_STEPS;

/** All of them. */
export const ALARM_KINDS = Object.keys(FIRST_STEPS) as readonly AlarmKind[];

/** @returns the steps of a kind of alarm, in their order, each without the point at its end. */
export const stepsOf = (kind: AlarmKind): FirstSteps => FIRST_STEPS[kind];

/** @returns the steps of a kind of alarm as one text. */
export const firstStepsOf = (kind: AlarmKind): string =>
  stepsOf(kind)
    .map((step, i) => `${i + 1}. ${step}.`)
    .join(' ');
