import * as v from 'valibot';
import { choice, flag, integer, text, textLike, textOr, url } from './forms.ts';

/*
 * Every variable the product reads, in the order of the reference. A new one is one line here (and its place among the
 * settings in ../config.ts); then `npm run docs` writes docs/configuration.md and .env.example anew.
 */

const addresses = {
  REDIS_URL: url(
    ['redis:', 'rediss:'],
    'a Redis address, such as redis://127.0.0.1:6379',
    'Redis. `npm start` finds, runs or installs one where this is not set.',
  ),
  RABBITMQ_URL: url(
    ['amqp:', 'amqps:'],
    'a RabbitMQ address, such as amqp://user:password@127.0.0.1:5672',
    'RabbitMQ. `npm start` finds, runs or installs one where this is not set.',
  ),
  WS_ENDPOINT: url(
    ['http:', 'https:'],
    'the gateway’s address, such as http://127.0.0.1:3001',
    'Where functions post to connections. `npm start` sets the address of its own gateway.',
  ),
};

const ports = {
  WS_PORT: integer(3001, 1, 65535, 'Port of the WebSocket gateway of `npm start`.'),
  HTTP_PORT: integer(3002, 1, 65535, 'Port of the HTTP endpoints of `npm start`.'),
  LAMBDA_PORT: integer(3003, 1, 65535, 'Port at which `npm start` takes invocations of functions.'),
};

const service = {
  NODE_ENV: choice(
    ['development', 'test', 'production'],
    'development',
    'Production refuses `AUTH_MODE=dev` and default passwords.',
  ),
  LOG_LEVEL: choice(
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    'info',
    'The least level that is logged. Logs are JSON; `npm start` shows them as text on a laptop.',
  ),
  STAGE: textOr('local', 'The stage that runs, as `GET /status` and metrics name it.'),
};

const redis = {
  REDIS_CLUSTER: flag(false, 'Whether Redis runs in cluster mode.'),
  REDIS_KEY_PREFIX: textLike(
    'rts:',
    /^[\w:-]{1,64}$/,
    'up to 64 letters, digits, "_", "-" or ":"',
    'What every key begins with, so that several services can share a Redis.',
  ),
};

const rabbitmq = {
  RABBITMQ_SHARDS: integer(4, 1, 64, 'Shard queues, each with a mapping; the parallelism of the fan-out.'),
  RABBITMQ_GENERATION: integer(
    1,
    1,
    999,
    'One more each time `RABBITMQ_SHARDS` changes: another number of shards is a new exchange with queues of its own.',
  ),
  RABBITMQ_PREFETCH: integer(100, 1, 10_000, 'Messages of one batch at most.'),
};

const aws = {
  AWS_REGION: textOr('us-east-1', 'The region posts are signed for. Lambda sets it.'),
  AWS_ACCESS_KEY_ID: text('Signs posts to the gateway. Lambda sets it; posts to the local gateway need none.'),
  AWS_SECRET_ACCESS_KEY: text('The same.'),
  AWS_SESSION_TOKEN: text('The same.'),
};

const access = {
  AUTH_MODE: choice(['dev'], 'dev', '`dev`: the query parameter `user` is believed.'),
};

const limits = {
  WS_HEARTBEAT_INTERVAL: integer(30_000, 1_000, 540_000, 'Milliseconds between a client’s pings.'),
  WS_MAX_MESSAGE_SIZE: integer(1_048_576, 1_024, 16_777_216, 'Bytes of one message.'),
  MAX_SUBSCRIPTIONS: integer(1_000, 1, 100_000, 'Channels and patterns one connection may hold.'),
};

const fanOut = {
  FANOUT_WINDOW_MS: integer(
    0,
    0,
    5_000,
    'Milliseconds from the beginning of one batch to that of the next of its shard, in which events gather: fewer frames, a smaller bill, and as much more latency.',
  ),
  PATTERN_CACHE_SIZE: integer(1_000, 0, 1_000_000, 'Channels whose matching patterns the fan-out remembers.'),
};

const history = {
  EVENT_REPLAY_ENABLED: flag(true, 'Whether events are kept and can be replayed.'),
  EVENT_REPLAY_RETENTION_DAYS: integer(7, 1, 365, 'Days an event is kept.'),
  EVENT_REPLAY_MAX_EVENTS: integer(10_000, 1, 1_000_000, 'Events kept of one channel, and of one user.'),
  EVENT_REPLAY_BATCH_SIZE: integer(100, 1, 10_000, 'Events of one answer where the request names no limit.'),
  EVENT_REPLAY_COMPRESSION: integer(6, 0, 9, 'Level of compression of large entries; 0 for none.'),
};

/** The variables by what they are about. */
export const groups = {
  'Redis, RabbitMQ and the gateway': addresses,
  'Ports of `npm start`': ports,
  'The service': service,
  Redis: redis,
  RabbitMQ: rabbitmq,
  AWS: aws,
  'Who may do what': access,
  Limits: limits,
  'Fan-out': fanOut,
  'History and replay': history,
};

/** All of them as one schema: form, default, and in the message what is expected. */
export const variables = v.object({
  ...addresses,
  ...ports,
  ...service,
  ...redis,
  ...rabbitmq,
  ...aws,
  ...access,
  ...limits,
  ...fanOut,
  ...history,
});

export type Variables = v.InferOutput<typeof variables>;
