import {
  choice,
  decimal,
  flag,
  instant,
  integer,
  integerOr,
  keptIn,
  list,
  loginOfAddress,
  normalOrigin,
  passwordOfAddress,
  passwordOfLogin,
  secret,
  secretArn,
  secrets,
  text,
  textLike,
  textOr,
  url,
  urlIfAny,
} from './forms.ts';
import { type Misfit, section } from './section.ts';
import { WEAKNESSES, weakAddress, weaknessesOf } from './weakness.ts';

/*
 * The table of settings: every variable the product reads, in the order of the reference. A new one is one line here, in
 * the section of those it is read with, and its use: `config(section)` in ../config.ts. All else follows: `npm run docs`
 * writes docs/configuration.md, .env.example and the part of docker-compose.yml anew, and a deployed function is given
 * what the sections in its bundle list.
 *
 * A setting can stand in several sections. Durations are read in milliseconds.
 */

const SECOND = 1_000;
const DAY = 86_400_000;

/*
 * With which setting, and its value, others take effect. A start says which of them were set for nothing.
 */
const WITH_JWT = ['AUTH_MODE', 'jwt'] as const;
const COUNTED = ['RATE_LIMIT_ENABLED', 'true'] as const;
const COMPRESSED = ['COMPRESSION_ENABLED', 'true'] as const;
const ADAPTIVE = ['FANOUT_WINDOW_MS', 'auto'] as const;
const KEPT = ['EVENT_REPLAY_ENABLED', 'true'] as const;

/** Of what names a secret: a stage makes the secret, and tells its functions. */
const ofStage = { laptop: false, container: 'nobody', deployed: 'stage' } as const;

const environment = choice('NODE_ENV', ['development', 'test', 'production'], 'development', {
  about: 'Production refuses `AUTH_MODE=dev` and default passwords.',
  container: 'compose',
  deployed: 'stage',
});

/** In every section of which production refuses something that somebody may want all the same. */
const allowed = list(
  'PRODUCTION_ALLOWS',
  new RegExp(`^(?:${WEAKNESSES.join('|')})$`),
  `one of ${WEAKNESSES.join(', ')}, or several separated by spaces`,
  { about: 'What production is to warn of, instead of refusing it.' },
);

type NodeEnv = { readonly environment: 'development' | 'test' | 'production' };

const isProduction = ({ environment }: NodeEnv): boolean => environment === 'production';

export const production = section('The service', { environment }, isProduction);

/** What production warns of instead of refusing it. */
const allowances = section('The service', { allowed }, ({ allowed = [] }) => allowed);

export const logLevel = section(
  'The service',
  {
    level: choice('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info', {
      about: 'The least level that is logged. Logs are JSON; `npm start` shows them as text on a laptop.',
    }),
  },
  ({ level }) => level,
);

const stageName = textOr('STAGE', 'local', {
  about: 'The stage that runs, as `GET /status` and metrics name it.',
  deployed: 'stage',
});

export const stage = section('The service', { stageName }, ({ stageName }) => stageName);

const mode = choice('AUTH_MODE', ['dev', 'jwt'], 'dev', {
  about: '`dev`: the query parameter `user` is believed. `jwt`: a token says who a client is and what it may do.',
  deployed: 'stage',
});

/** What is fine on a laptop and must never reach production. */
const laptopSignIn = (values: NodeEnv & { readonly mode: string }): Misfit[] =>
  isProduction(values) && values.mode === 'dev'
    ? [{ says: 'AUTH_MODE=dev lets anyone be any user; it is refused with NODE_ENV=production' }]
    : [];

export const signIn = section('Who may do what', { environment, mode }, ({ mode }) => mode, laptopSignIn);

/** Segments, none of them empty, and no regular expression. What else a grant may not have is told where it is used. */
const GRANT = /^[^\s/.:]+(?:[.:][^\s/.:]+)*$/;
const GRANTS = 'channels and patterns separated by spaces, without an empty segment and without a "/"';

export const auth = section(
  'Who may do what',
  {
    environment,
    allowed,
    /** `dev` takes a client at its word; `jwt` wants a token. */
    mode,
    /** Shared secret of HS256; undefined where keys come from a key set. */
    secret: keptIn(
      secretArn('AUTH_JWT_SECRET_ARN', {
        about:
          'The secret whose text is `AUTH_JWT_SECRET`. It is read when a function starts, and again once it is exchanged.',
        laptop: false,
        container: 'nobody',
      }),
      secret('AUTH_JWT_SECRET', 32, {
        only: WITH_JWT,
        about: 'The secret of HS256, as text. With `jwt` this or `AUTH_JWKS_URL`.',
        deployed: 'nobody',
      }),
    ),
    jwksUrl: urlIfAny('AUTH_JWKS_URL', ['http:', 'https:'], 'the address of a JSON Web Key Set', {
      only: WITH_JWT,
      about: 'The public keys of who issues the tokens. With `jwt` this or `AUTH_JWT_SECRET`.',
    }),
    issuer: text('AUTH_JWT_ISSUER', { only: WITH_JWT, about: 'What `iss` must say, where set.' }),
    audience: text('AUTH_JWT_AUDIENCE', { only: WITH_JWT, about: 'What `aud` must say, where set.' }),
    clockTolerance: integer(
      'AUTH_JWT_CLOCK_TOLERANCE',
      5,
      0,
      300,
      { only: WITH_JWT, about: 'Seconds by which clocks may differ.' },
      SECOND,
    ),
    defaultSubscribe: list('AUTH_DEFAULT_SUBSCRIBE', GRANT, GRANTS, {
      only: WITH_JWT,
      about: 'What a token may subscribe to that names no channels itself.',
    }),
    defaultPublish: list('AUTH_DEFAULT_PUBLISH', GRANT, GRANTS, {
      only: WITH_JWT,
      about: 'What such a token may publish to.',
    }),
  },
  ({ environment: _, allowed: __, defaultSubscribe, defaultPublish, ...others }) => ({
    ...others,
    /** Patterns granted to a token that says nothing of channels. */
    defaultGrants: { subscribe: defaultSubscribe ?? [], publish: defaultPublish ?? [] },
  }),
  (values) => {
    const misfits = laptopSignIn(values);
    // Tokens are checked in one way only, so that none made for one passes by the other.
    if (values.mode === 'jwt' && (values.secret === undefined) === (values.jwksUrl === undefined)) {
      misfits.push({ says: 'AUTH_MODE=jwt wants one of AUTH_JWT_SECRET and AUTH_JWKS_URL, and not both' });
    }
    if (values.mode !== 'jwt') return misfits;
    return [
      ...misfits,
      ...weaknessesOf(values, [
        {
          name: 'jwks-over-http',
          isSo: values.jwksUrl !== undefined && new URL(values.jwksUrl).protocol === 'http:',
          says: 'AUTH_JWKS_URL is not https: whoever is between says who signs tokens',
        },
        {
          name: 'any-issuer',
          isSo: values.issuer === undefined,
          says: 'AUTH_JWT_ISSUER is not set: the key’s tokens of any issuer are taken',
          missing: true,
        },
        {
          name: 'any-audience',
          isSo: values.audience === undefined,
          says: 'AUTH_JWT_AUDIENCE is not set: tokens made for another service are taken',
          missing: true,
        },
      ]),
    ];
  },
);

/** By what functions know that the authorizer said of a connection what the gateway repeats. */
export const admission = section(
  'Who may do what',
  {
    environment,
    secrets: keptIn(
      secretArn('ADMISSION_SECRET_ARN', { ...ofStage, about: 'The secret whose text is `ADMISSION_SECRET`.' }),
      secrets('ADMISSION_SECRET', 32, {
        about:
          'By what the authorizer signs what it decided of a connection, and the other functions know it. Several: each signs, and each is believed. `npm start` makes one. Not set: nothing is signed, which production refuses.',
        deployed: 'nobody',
      }),
    ),
    unsigned: flag('ADMISSION_UNSIGNED', false, {
      about:
        'Whether connections are served whose admission nobody signed: for two hours after an upgrade from a version that signed none.',
    }),
  },
  ({ secrets, unsigned }) => ({
    /** None: nothing is signed. */
    keys: secrets ?? [],
    unsigned,
  }),
  (values) =>
    isProduction(values) && values.secrets === undefined
      ? [
          {
            says: 'ADMISSION_SECRET is not set: whoever may invoke a function speaks for any user; it is refused with NODE_ENV=production',
          },
        ]
      : [],
);

/** What `x-api-key` must say to act as an administrator; undefined where no key does. */
export const adminKey = section(
  'Who may do what',
  {
    key: keptIn(
      secretArn('ADMIN_KEY_SECRET_ARN', { ...ofStage, about: 'The secret whose text is `ADMIN_KEY`.' }),
      secret(
        'ADMIN_KEY',
        16,
        {
          about: 'What the header `x-api-key` must say to act as an administrator. Not set: no key does.',
          deployed: 'nobody',
        },
        true,
      ),
    ),
  },
  ({ key }) => key,
);

/** Pages of this machine, at any port. */
const LOOPBACK_ORIGINS = ['localhost', '127.0.0.1', '[::1]'].flatMap((name) => [
  `http://${name}:*`,
  `https://${name}:*`,
]);

/** Browser origins that may connect and ask; one that ends with `:*` is at any port, and `*` among them is any. */
export const origins = section(
  'Who may do what',
  {
    environment,
    allowed,
    origins: list(
      'CORS_ORIGINS',
      /^(\*|https?:\/\/[^/\s,*]+)$/,
      'origins separated by commas or spaces, such as https://app.example.org, or *',
      {
        about:
          'Browser origins that may connect and ask; `*` is any. Not set: those of this machine, but with `NODE_ENV=production` none.',
      },
      /[\s,]+/,
      normalOrigin,
    ),
  },
  // In production no foreign page is let in unless it is named.
  ({ origins, ...values }) => origins ?? (isProduction(values) ? [] : LOOPBACK_ORIGINS),
  (values) =>
    weaknessesOf(values, [
      {
        name: 'any-origin',
        isSo: values.origins?.includes('*') === true,
        says: 'CORS_ORIGINS=* lets any page ask with a user’s credentials',
      },
    ]),
);

export const http = section('Who may do what', {
  /** Whether answers carry security headers. */
  securityHeaders: flag('HELMET_ENABLED', true, { about: 'Whether HTTP answers carry security headers.' }),
});

export const rateLimits = section(
  'Rate limits',
  {
    enabled: flag('RATE_LIMIT_ENABLED', true, { about: 'Whether frames are counted against limits.' }),
    connection: integer('RATE_LIMIT_POINTS', 1_000, 1, 1_000_000_000, {
      only: COUNTED,
      about: 'Messages of one connection in one duration.',
    }),
    user: integer('RATE_LIMIT_USER_POINTS', 3_000, 1, 1_000_000_000, {
      only: COUNTED,
      about: 'Messages of all connections of one user, and handshakes.',
    }),
    backEnd: integer('RATE_LIMIT_BACKEND_POINTS', 30_000, 1, 1_000_000_000, {
      only: COUNTED,
      about:
        'Messages of one back-end: what a user publishes over HTTP, or all it sends with a token that has the claim `backend`.',
    }),
    global: integer('RATE_LIMIT_GLOBAL_POINTS', 10_000, 1, 1_000_000_000, {
      only: COUNTED,
      about: 'Messages of everyone.',
    }),
    types: list(
      'RATE_LIMIT_TYPES',
      /^[a-z]+=[1-9]\d{0,8}$/,
      'types with their limits separated by spaces, such as subscribe=60 replay=30',
      { only: COUNTED, about: 'Messages of one type and one connection.' },
    ),
    duration: integer(
      'RATE_LIMIT_DURATION',
      60,
      1,
      86_400,
      { only: COUNTED, about: 'Seconds of the duration.' },
      SECOND,
    ),
    /** For how long a connection or a user is refused that exceeded its limit; 0 for the rest of the duration. */
    block: integer(
      'RATE_LIMIT_BLOCK_DURATION',
      60,
      0,
      86_400,
      {
        only: COUNTED,
        about:
          'Seconds for which a connection or a user that exceeded its limit is refused; 0 for the rest of the duration.',
      },
      SECOND,
    ),
    allowed: list('RATE_LIMIT_ALLOW_USERS', /^\S{1,128}$/, 'users separated by spaces', {
      only: COUNTED,
      about: 'Users who are not counted.',
    }),
  },
  ({ connection, user, global, types = [], allowed = [], ...others }) => ({
    ...others,
    /** Messages in one duration. */
    points: { connection, user, global },
    /** Messages of a type and a connection, by type. */
    types: Object.fromEntries(
      types.map((entry): [string, number] => {
        const [type = '', points] = entry.split('=');
        return [type, Number(points)];
      }),
    ) as Readonly<Record<string, number>>,
    /** Users who are not counted. */
    allowed,
  }),
);

/**
 * Bytes that a message may have at most, whatever is set, and that brokers are told to take. The fan-out is called with a
 * message in Base64 and its headers as lists of numbers: with those of a whole frame (131,072 bytes) that is 6,116,700 bytes.
 * Source: "Lambda quotas", the payload of a synchronous invocation: 6 MB.
 */
export const MOST_OF_MESSAGE = 4_194_304;

const messageSize = integer('WS_MAX_MESSAGE_SIZE', 1_048_576, 1_024, MOST_OF_MESSAGE, {
  about: 'Bytes of one message.',
});

export const limits = section('Limits', {
  heartbeatInterval: integer('WS_HEARTBEAT_INTERVAL', 30_000, 1_000, 540_000, {
    about: 'Milliseconds between a client’s pings.',
  }),
  /** Bytes of one message, UTF-8. */
  messageSize,
  /** Channels and patterns one connection may hold. */
  subscriptions: integer('MAX_SUBSCRIPTIONS', 1_000, 1, 100_000, {
    about: 'Channels and patterns one connection may hold.',
  }),
  /** Patterns that channels are matched against one by one, of one user over all connections. */
  patterns: integer('MAX_PATTERNS_PER_USER', 1_000, 1, 1_000_000, {
    about:
      'Patterns of one user, over all connections, that channels are matched against one by one: regular expressions, and those with a wildcard inside a segment or more than one `**`. Every process of the fan-out holds them.',
  }),
});

/** Connections one user may have at a time. */
export const mostConnections = section(
  'Limits',
  {
    most: integer('MAX_CONNECTIONS_PER_USER', 1_000, 1, 1_000_000, {
      about: 'Connections one user may have at a time.',
    }),
  },
  ({ most }) => most,
);

/** Bytes that may be kept for one user, in histories; for less than the retention a share of it. */
export const quota = section(
  'Limits',
  {
    bytes: integer('MAX_STORED_BYTES_PER_USER', 1_073_741_824, 65_536, 1_000_000_000_000_000, {
      only: COUNTED,
      about:
        'Bytes that histories hold of what one user sent, times the copies. What was sent counts less and less over the retention. A sixteenth of it, over ten minutes, is for messages that are not whole. Without rate limits nothing of it is counted.',
    }),
  },
  ({ bytes }) => bytes,
);

/** Bytes of one message, UTF-8, for who takes messages and has no connection. */
export const mostBytes = section('Limits', { messageSize }, ({ messageSize }) => messageSize);

export const compression = section('Limits', {
  enabled: flag('COMPRESSION_ENABLED', true, {
    about: 'Whether frames travel compressed to and from clients that can take it.',
  }),
  /** Bytes above which a frame is compressed. */
  threshold: integer('WS_COMPRESSION_THRESHOLD', 1_024, 0, 1_048_576, {
    only: COMPRESSED,
    about: 'Bytes above which a frame is compressed.',
  }),
});

export const fanOut = section('Fan-out', {
  /** Milliseconds from the beginning of one batch to that of the next, in which events gather. */
  window: integerOr('auto', 'FANOUT_WINDOW_MS', 0, 0, 5_000, {
    about:
      'Milliseconds from the beginning of one batch to that of the next of its shard, in which events gather: fewer frames, a smaller bill, and as much more latency. `auto` lets them gather only while a shard would post more than its part of the quota, or of `FANOUT_DOLLARS_PER_HOUR`.',
  }),
  /** Milliseconds that events gather at the most, where that is found by what is posted. */
  mostWindow: integer('FANOUT_MAX_WINDOW_MS', 1_000, 10, 5_000, {
    only: ADAPTIVE,
    about: 'With `FANOUT_WINDOW_MS=auto`: milliseconds that events gather at the most, whatever that costs.',
  }),
  /** What posts may cost in an hour; 0 for any. */
  dollars: decimal('FANOUT_DOLLARS_PER_HOUR', 0, 0, 1_000_000, {
    only: ADAPTIVE,
    about:
      'With `FANOUT_WINDOW_MS=auto`: dollars an hour that what is posted may cost, by the list price of API Gateway; 0 for no such bound. Shards have equal parts.',
  }),
  /** Channels whose matching patterns are remembered. */
  patternCacheSize: integer('PATTERN_CACHE_SIZE', 1_000, 0, 1_000_000, {
    about: 'Channels whose matching patterns the fan-out remembers.',
  }),
});

const replayEnabled = flag('EVENT_REPLAY_ENABLED', true, { about: 'Whether events are kept and can be replayed.' });

export const history = section(
  'History and replay',
  {
    /** Whether events are kept and can be replayed. */
    enabled: replayEnabled,
    retention: integer('EVENT_REPLAY_RETENTION_DAYS', 7, 1, 365, { only: KEPT, about: 'Days an event is kept.' }, DAY),
    /** Events kept of one channel, and of one user. */
    maxEvents: integer('EVENT_REPLAY_MAX_EVENTS', 10_000, 1, 1_000_000, {
      only: KEPT,
      about: 'Events kept of one channel, and of one user.',
    }),
    /** Events of one answer where the request names no limit. */
    batchSize: integer('EVENT_REPLAY_BATCH_SIZE', 100, 1, 10_000, {
      only: KEPT,
      about: 'Events of one answer where the request names no limit.',
    }),
    /** Level of deflate for large entries, 1 to 9; 0 for none. */
    compression: integer('EVENT_REPLAY_COMPRESSION', 6, 0, 9, {
      only: KEPT,
      about: 'Level of compression of large entries; 0 for none.',
    }),
  },
  (values) => ({ ...values, batchSize: Math.min(values.batchSize, values.maxEvents) }),
);

/** What the service tells of itself. */
export const serviceEvents = section(
  'What the service tells of itself',
  {
    kept: replayEnabled,
    kinds: list(
      'SERVICE_EVENTS',
      /^(?:connections|subscriptions|users|channels|sessions|limits|parked)$/,
      'one of connections, subscriptions, users, channels, sessions, limits, parked, or several separated by commas',
      { about: 'What the service tells of itself, on channels such as `$service:connections`. Not set: nothing.' },
      /[\s,]+/,
    ),
  },
  ({ kinds = [] }) => ({
    told: [...new Set(kinds)] as readonly (
      | 'connections'
      | 'subscriptions'
      | 'users'
      | 'channels'
      | 'sessions'
      | 'limits'
      | 'parked'
    )[],
  }),
  ({ kept, kinds = [] }) =>
    kinds.length > 0 && !kept
      ? [{ says: 'SERVICE_EVENTS wants EVENT_REPLAY_ENABLED: what is told is remembered by what is kept' }]
      : [],
);

/** What back-ends hear. */
export const appended = section(
  'What back-ends hear',
  {
    kept: replayEnabled,
    enabled: flag('APPENDED_ENABLED', false, {
      about: 'Whether what the histories take is published to the exchange `appended`, to which back-ends bind queues.',
    }),
    private: flag('APPENDED_PRIVATE_ENABLED', false, {
      about: 'Whether private events are published too, to the exchange `appended.private`.',
    }),
  },
  ({ enabled, private: isPrivate }) => ({ enabled, private: isPrivate }),
  ({ kept, enabled, private: isPrivate }) => [
    ...(enabled && !kept
      ? [{ says: 'APPENDED_ENABLED wants EVENT_REPLAY_ENABLED: what is not kept cannot be published afterwards' }]
      : []),
    ...(isPrivate && !enabled ? [{ says: 'APPENDED_PRIVATE_ENABLED wants APPENDED_ENABLED' }] : []),
  ],
);

const SHIPPED_PASSWORDS = new Set(['guest', 'password123', 'password', 'admin']);

/** What is fine on a laptop and must never reach production. */
const shippedPassword = (name: string, values: NodeEnv & { readonly url: string }): Misfit[] =>
  isProduction(values) && SHIPPED_PASSWORDS.has(decodeURIComponent(new URL(values.url).password))
    ? [{ says: `${name} carries a default password; it is refused with NODE_ENV=production` }]
    : [];

export const redis = section(
  'Redis',
  {
    environment,
    allowed,
    url: keptIn(
      secretArn('REDIS_SECRET_ARN', {
        ...ofStage,
        about: 'The secret whose text is the password that `REDIS_URL` lacks.',
      }),
      url('REDIS_URL', ['redis:', 'rediss:'], 'a Redis address, such as redis://127.0.0.1:6379', {
        about: 'Redis. `npm start` finds, runs or installs one where this is not set.',
        container: 'compose',
        deployed: 'stage',
      }),
      passwordOfAddress,
    ),
    cluster: flag('REDIS_CLUSTER', false, { about: 'Whether Redis runs in cluster mode.', deployed: 'stage' }),
    keyPrefix: textLike('REDIS_KEY_PREFIX', 'rts:', /^[\w:-]{1,64}$/, 'up to 64 letters, digits, "_", "-" or ":"', {
      about: 'What every key begins with, so that several services can share a Redis.',
    }),
  },
  ({ environment: _, allowed: __, ...values }) => values,
  (values) => [
    ...shippedPassword('REDIS_URL', values),
    ...weaknessesOf(values, weakAddress('redis', 'REDIS_URL', values.url)),
  ],
);

const rabbitmqSecret = secretArn('RABBITMQ_SECRET_ARN', {
  ...ofStage,
  about:
    'The secret whose text is JSON with the `username` and the `password` that `RABBITMQ_URL` and `RABBITMQ_MANAGEMENT_URL` lack.',
});

const shards = integer('RABBITMQ_SHARDS', 4, 1, 64, {
  about: 'Shard queues, each with a mapping; the parallelism of the fan-out.',
  parameter: 'shards',
});

export const rabbitmq = section(
  'RabbitMQ',
  {
    environment,
    allowed,
    url: keptIn(
      rabbitmqSecret,
      url('RABBITMQ_URL', ['amqp:', 'amqps:'], 'a RabbitMQ address, such as amqp://user:password@127.0.0.1:5672', {
        about: 'RabbitMQ. `npm start` finds, runs or installs one where this is not set.',
        container: 'compose',
        deployed: 'stage',
      }),
      loginOfAddress,
    ),
    shards,
    generation: integer('RABBITMQ_GENERATION', 1, 1, 999, {
      about:
        'One more each time `RABBITMQ_SHARDS` changes: another number of shards is a new exchange with queues of its own.',
      parameter: 'generation',
    }),
    capacity: integer('RABBITMQ_SHARD_CAPACITY', 200_000, 100, 10_000_000, {
      about:
        'Messages that wait in a shard at most; more are refused with `OVERLOADED`. A change needs another generation.',
    }),
    singleActiveConsumer: flag('RABBITMQ_SINGLE_ACTIVE_CONSUMER', true, {
      about:
        'Whether the broker hands a shard to one consumer at a time, whoever else there is. A change needs another generation.',
    }),
  },
  ({ environment: _, allowed: __, ...values }) => values,
  (values) => [
    ...shippedPassword('RABBITMQ_URL', values),
    ...weaknessesOf(values, weakAddress('rabbitmq', 'RABBITMQ_URL', values.url)),
  ],
);

/** How many shards there are, for who does not speak to the broker. */
export const shardCount = section('RabbitMQ', { shards }, ({ shards: count }) => count);

/** What the broker tells, and is told, beside AMQP. */
export const management = section('RabbitMQ', {
  managementUrl: keptIn(
    rabbitmqSecret,
    urlIfAny(
      'RABBITMQ_MANAGEMENT_URL',
      ['http:', 'https:'],
      'an address, such as http://user:password@127.0.0.1:15672',
      {
        about:
          'RabbitMQ’s management interface, with user and password: it is asked what else is bound to the exchange of events. Without it that is unknown.',
        container: 'compose',
        deployed: 'stage',
      },
    ),
    loginOfAddress,
  ),
});

export const backEnds = section('RabbitMQ', {
  password: keptIn(
    secretArn('RABBITMQ_BACK_END_SECRET_ARN', {
      ...ofStage,
      about: 'The secret whose text is JSON with a `password`, which is `RABBITMQ_BACK_END_PASSWORD`.',
    }),
    secret('RABBITMQ_BACK_END_PASSWORD', 16, {
      about: 'Of the user that a deployment makes for back-ends, which may publish events and hear what was appended.',
      container: 'nobody',
      deployed: 'nobody',
    }),
    passwordOfLogin,
  ),
});

export const batches = section('RabbitMQ', {
  prefetch: integer('RABBITMQ_PREFETCH', 100, 1, 10_000, {
    about: 'Messages of one batch at most.',
    parameter: 'batchSize',
  }),
});

const signing = { container: 'nobody', deployed: 'lambda' } as const;

const region = textOr('AWS_REGION', 'us-east-1', {
  ...signing,
  about: 'The region posts are signed for. Lambda sets it.',
});

const identity = {
  accessKeyId: text('AWS_ACCESS_KEY_ID', {
    ...signing,
    about: 'Signs posts to the gateway. Lambda sets it; posts to the local gateway need none.',
  }),
  secretAccessKey: text('AWS_SECRET_ACCESS_KEY', { ...signing, about: 'The same.' }),
  sessionToken: text('AWS_SESSION_TOKEN', { ...signing, about: 'The same.' }),
};

interface Keys {
  readonly accessKeyId: string | undefined;
  readonly secretAccessKey: string | undefined;
  readonly sessionToken: string | undefined;
}

/** Undefined where the environment has none. */
const credentialsOf = ({ accessKeyId, secretAccessKey, sessionToken }: Keys) =>
  accessKeyId === undefined || secretAccessKey === undefined
    ? undefined
    : { accessKeyId, secretAccessKey, sessionToken };

export const gateway = section(
  'The gateway, and AWS',
  {
    endpoint: url('WS_ENDPOINT', ['http:', 'https:'], 'the gateway’s address, such as http://127.0.0.1:3001', {
      about:
        'Where functions post to connections. `npm start` sets the address of its own gateway, and adds a secret path where there is none.',
      container: 'compose',
      deployed: 'stage',
    }),
    region,
    ...identity,
  },
  ({ endpoint, region, ...keys }) => ({
    endpoint: endpoint.replace(/\/+$/, ''),
    region,
    /** Without them posts go unsigned, which only a local gateway takes. */
    credentials: credentialsOf(keys),
  }),
);

/** As whom AWS is asked for secrets. */
export const aws = section('The gateway, and AWS', { region, ...identity }, ({ region, ...keys }) => ({
  region,
  credentials: credentialsOf(keys),
}));

/** Whether this is an execution environment of Lambda, and not a process that stands in for one. */
export const onLambda = section(
  'The gateway, and AWS',
  {
    runtime: text('AWS_LAMBDA_RUNTIME_API', {
      ...signing,
      laptop: false,
      about: 'Where a function gets its invocations from. Lambda sets it, and nothing else does.',
    }),
  },
  ({ runtime }) => runtime !== undefined,
);

export const telemetry = section(
  'Telemetry',
  {
    emf: flag('METRICS_EMF', false, {
      about:
        'Whether functions write what they measure to the log in CloudWatch’s embedded format. Deployed stages do.',
      deployed: 'stage',
    }),
    cloudWatch: urlIfAny('METRICS_CLOUDWATCH_URL', ['http:', 'https:'], 'an address, such as http://127.0.0.1:4566', {
      about: 'LocalStack’s address, where `npm start` is to hand it what `METRICS_EMF` writes, which is then on.',
      deployed: 'nobody',
    }),
    stageName,
  },
  ({ emf, cloudWatch, stageName }) => ({
    /** Whether measurements are written to the log, for CloudWatch. */
    emf: emf || cloudWatch !== undefined,
    /** Address of the LocalStack that is handed them; undefined where none is. */
    cloudWatch,
    /** Under which CloudWatch keeps them. */
    namespace: `realtime-sync-${stageName}`,
  }),
);

/** Whether invocations are traced. */
export const tracing = section(
  'Telemetry',
  {
    enabled: flag('TRACING_ENABLED', false, { about: 'Whether functions hand traces to X-Ray.', parameter: 'tracing' }),
  },
  ({ enabled }) => enabled,
);

/** When this was deployed, milliseconds since 1970, where that is known. */
export const deployedAt = section(
  'Telemetry',
  {
    instant: instant('DEPLOYED_AT', {
      about: 'When this stage was deployed: what `uptime` counts from. Else the start of the process.',
      deployed: 'stage',
    }),
  },
  ({ instant }) => instant,
);

const atStart = { container: 'compose', deployed: 'nobody' } as const;

/** A name or an address alone: two colons make an address of IPv6, and one would begin a port. Of its zones a URL knows nothing. */
export const HOST_FORM = /^(?:[\w.-]+|\[?[\da-f]*:[\da-f.]*:[\da-f:.]*\]?)$/i;

const ports = section(
  'Ports of `npm start`',
  {
    host: textLike('HOST', '127.0.0.1', HOST_FORM, 'an address or a name alone, such as 127.0.0.1 or ::1', {
      ...atStart,
      about: 'The address `npm start` listens at: this machine alone, or `0.0.0.0` in a container.',
    }),
    websocket: integer('WS_PORT', 3001, 1, 65_535, {
      ...atStart,
      about: 'Port of the WebSocket gateway of `npm start`.',
    }),
    http: integer('HTTP_PORT', 3002, 1, 65_535, { ...atStart, about: 'Port of the HTTP endpoints of `npm start`.' }),
    lambda: integer('LAMBDA_PORT', 3003, 1, 65_535, {
      ...atStart,
      about: 'Port at which `npm start` takes invocations of functions: of this machine alone, behind a secret path.',
    }),
  },
  ({ host: _, ...numbers }) => numbers,
);

/** All of it. A function imports its own sections by their names, and carries no others. */
export const sections = {
  production,
  allowances,
  logLevel,
  stage,
  signIn,
  auth,
  admission,
  adminKey,
  origins,
  http,
  rateLimits,
  limits,
  mostConnections,
  quota,
  mostBytes,
  compression,
  fanOut,
  history,
  serviceEvents,
  appended,
  redis,
  rabbitmq,
  shardCount,
  management,
  backEnds,
  batches,
  gateway,
  aws,
  onLambda,
  telemetry,
  tracing,
  deployedAt,
  ports,
};
