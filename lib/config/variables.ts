import * as v from 'valibot';
import { choice, flag, instant, integer, list, secret, text, textLike, textOr, url, urlIfAny } from './forms.ts';

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
  HOST: textOr('127.0.0.1', 'The address `npm start` listens at: this machine alone, or `0.0.0.0` in a container.'),
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

const telemetry = {
  METRICS_EMF: flag(
    false,
    'Whether functions write what they measure to the log in CloudWatch’s embedded format. Deployed stages do.',
  ),
  METRICS_CLOUDWATCH_URL: urlIfAny(
    ['http:', 'https:'],
    'an address, such as http://127.0.0.1:4566',
    'LocalStack’s address, where `npm start` is to hand it what `METRICS_EMF` writes, which is then on.',
  ),
  TRACING_ENABLED: flag(
    false,
    'Whether functions hand traces to X-Ray. A stage is deployed with `--param="tracing=true"`.',
  ),
  DEPLOYED_AT: instant('When this stage was deployed: what `uptime` counts from. Else the start of the process.'),
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
  RABBITMQ_SHARD_CAPACITY: integer(
    200_000,
    100,
    10_000_000,
    'Messages that wait in a shard at most; more are refused with `OVERLOADED`. A change needs another generation.',
  ),
  RABBITMQ_PREFETCH: integer(100, 1, 10_000, 'Messages of one batch at most.'),
};

const aws = {
  AWS_REGION: textOr('us-east-1', 'The region posts are signed for. Lambda sets it.'),
  AWS_ACCESS_KEY_ID: text('Signs posts to the gateway. Lambda sets it; posts to the local gateway need none.'),
  AWS_SECRET_ACCESS_KEY: text('The same.'),
  AWS_SESSION_TOKEN: text('The same.'),
  AWS_LAMBDA_RUNTIME_API: text('Where a function gets its invocations from. Lambda sets it, and nothing else does.'),
};

const access = {
  AUTH_MODE: choice(
    ['dev', 'jwt'],
    'dev',
    '`dev`: the query parameter `user` is believed. `jwt`: a token says who a client is and what it may do.',
  ),
  AUTH_JWT_SECRET: secret(32, 'The secret of HS256, as text. With `jwt` this or `AUTH_JWKS_URL`.'),
  AUTH_JWKS_URL: urlIfAny(
    ['http:', 'https:'],
    'the address of a JSON Web Key Set',
    'The public keys of who issues the tokens. With `jwt` this or `AUTH_JWT_SECRET`.',
  ),
  AUTH_JWT_ISSUER: text('What `iss` must say, where set.'),
  AUTH_JWT_AUDIENCE: text('What `aud` must say, where set.'),
  AUTH_JWT_CLOCK_TOLERANCE: integer(5, 0, 300, 'Seconds by which clocks may differ.'),
  AUTH_DEFAULT_SUBSCRIBE: list(
    /^[^/]/,
    'channels and patterns separated by spaces',
    'What a token may subscribe to that names no channels itself.',
  ),
  AUTH_DEFAULT_PUBLISH: list(/^[^/]/, 'channels and patterns separated by spaces', 'What such a token may publish to.'),
  ADMIN_KEY: secret(16, 'What the header `x-api-key` must say to act as an administrator. Not set: no key does.'),
  CORS_ORIGINS: list(
    /^(\*|https?:\/\/[^/\s,*]+)$/,
    'origins separated by commas or spaces, such as https://app.example.org, or *',
    'Browser origins that may connect and ask. Not set: all, but with `NODE_ENV=production` none.',
    /[\s,]+/,
  ),
  HELMET_ENABLED: flag(true, 'Whether HTTP answers carry security headers.'),
};

const rates = {
  RATE_LIMIT_ENABLED: flag(true, 'Whether frames are counted against limits.'),
  RATE_LIMIT_POINTS: integer(1_000, 1, 1_000_000_000, 'Messages of one connection in one duration.'),
  RATE_LIMIT_USER_POINTS: integer(3_000, 1, 1_000_000_000, 'Messages of all connections of one user, and handshakes.'),
  RATE_LIMIT_GLOBAL_POINTS: integer(10_000, 1, 1_000_000_000, 'Messages of everyone.'),
  RATE_LIMIT_TYPES: list(
    /^[a-z]+=[1-9]\d{0,8}$/,
    'types with their limits separated by spaces, such as subscribe=60 replay=30',
    'Messages of one type and one connection.',
  ),
  RATE_LIMIT_DURATION: integer(60, 1, 86_400, 'Seconds of the duration.'),
  RATE_LIMIT_BLOCK_DURATION: integer(
    60,
    0,
    86_400,
    'Seconds for which a connection or a user that exceeded its limit is refused; 0 for the rest of the duration.',
  ),
  RATE_LIMIT_ALLOW_USERS: list(/^\S{1,128}$/, 'users separated by spaces', 'Users who are not counted.'),
};

const limits = {
  WS_HEARTBEAT_INTERVAL: integer(30_000, 1_000, 540_000, 'Milliseconds between a client’s pings.'),
  WS_MAX_MESSAGE_SIZE: integer(1_048_576, 1_024, 16_777_216, 'Bytes of one message.'),
  COMPRESSION_ENABLED: flag(true, 'Whether frames travel compressed to and from clients that can take it.'),
  WS_COMPRESSION_THRESHOLD: integer(1_024, 0, 1_048_576, 'Bytes above which a frame is compressed.'),
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
  Telemetry: telemetry,
  Redis: redis,
  RabbitMQ: rabbitmq,
  AWS: aws,
  'Who may do what': access,
  'Rate limits': rates,
  Limits: limits,
  'Fan-out': fanOut,
  'History and replay': history,
};

/** All of them as one schema: form, default, and in the message what is expected. */
export const variables = v.object({
  ...addresses,
  ...ports,
  ...service,
  ...telemetry,
  ...redis,
  ...rabbitmq,
  ...aws,
  ...access,
  ...rates,
  ...limits,
  ...fanOut,
  ...history,
});

export type Variables = v.InferOutput<typeof variables>;
