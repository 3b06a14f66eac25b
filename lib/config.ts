import * as v from 'valibot';
import { type AccessSettings, accessOf, accessProblems } from './config/access.ts';
import { type Variables, variables } from './config/variables.ts';

/** A setting that is missing or malformed. The message names every offending variable and what was expected of it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`Configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

const SHIPPED_PASSWORDS = new Set(['guest', 'password123', 'password', 'admin']);

/** What a request to AWS is signed with. */
interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/** The settings as the product uses them. Durations are in milliseconds unless the name says otherwise. */
export interface Config extends AccessSettings {
  readonly production: boolean;
  readonly stage: string;
  /** Whether this is an execution environment of Lambda, and not a process that stands in for one. */
  readonly onLambda: boolean;
  readonly logLevel: Variables['LOG_LEVEL'];
  readonly telemetry: {
    /** Whether measurements are written to the log, for CloudWatch. */
    readonly emf: boolean;
    /** Address of the LocalStack that is handed them; undefined where none is. */
    readonly cloudWatch: string | undefined;
    /** Under which CloudWatch keeps them. */
    readonly namespace: string;
    /** Whether invocations are traced. */
    readonly tracing: boolean;
    /** When this was deployed, milliseconds since 1970, where that is known. */
    readonly deployedAt: number | undefined;
  };
  readonly ports: { readonly websocket: number; readonly http: number; readonly lambda: number };
  readonly redis: { readonly url: string; readonly cluster: boolean; readonly keyPrefix: string };
  readonly rabbitmq: {
    readonly url: string;
    readonly shards: number;
    readonly generation: number;
    readonly capacity: number;
    readonly prefetch: number;
  };
  readonly gateway: {
    readonly endpoint: string;
    readonly region: string;
    /** Undefined where the environment has none: posts then go unsigned, which only a local gateway takes. */
    readonly credentials: Credentials | undefined;
  };
  readonly limits: {
    readonly heartbeatInterval: number;
    /** Bytes of one message, UTF-8. */
    readonly messageSize: number;
    /** Channels and patterns one connection may hold. */
    readonly subscriptions: number;
  };
  readonly fanOut: {
    /** Milliseconds from the beginning of one batch to that of the next, in which events gather. */
    readonly window: number;
    /** Channels whose matching patterns are remembered. */
    readonly patternCacheSize: number;
  };
  readonly compression: {
    readonly enabled: boolean;
    /** Bytes above which a frame is compressed. */
    readonly threshold: number;
  };
  readonly history: {
    /** Whether events are kept and can be replayed. */
    readonly enabled: boolean;
    readonly retention: number;
    /** Events kept of one channel, and of one user. */
    readonly maxEvents: number;
    /** Events of one answer where the request names no limit. */
    readonly batchSize: number;
    /** Level of deflate for large entries, 1 to 9; 0 for none. */
    readonly compression: number;
  };
}

const problemOf = (issue: v.BaseIssue<unknown>, environment: Environment): string => {
  const name = String(issue.path?.[0]?.key);
  const value = environment[name];
  if (value === undefined) {
    const schema = variables.entries[name as keyof Variables];
    return `${name} is not set; expected ${v.getTitle(schema) ?? issue.message}`;
  }
  const secret = /URL$|SECRET|PASSWORD|_KEY$/.test(name);
  return `${name}${secret ? '' : `=${JSON.stringify(value)}`} is not usable; expected ${issue.message}`;
};

/** What is fine on a laptop and must never reach production. */
const productionProblems = (variables: Variables): string[] => {
  const problems: string[] = [];
  if (variables.AUTH_MODE === 'dev') {
    problems.push('AUTH_MODE=dev lets anyone be any user; it is refused with NODE_ENV=production');
  }
  for (const name of ['REDIS_URL', 'RABBITMQ_URL'] as const) {
    if (SHIPPED_PASSWORDS.has(decodeURIComponent(new URL(variables[name]).password))) {
      problems.push(`${name} carries a default password; it is refused with NODE_ENV=production`);
    }
  }
  return problems;
};

const credentialsOf = (variables: Variables): Credentials | undefined => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = variables;
  if (AWS_ACCESS_KEY_ID === undefined || AWS_SECRET_ACCESS_KEY === undefined) return undefined;
  return Object.freeze({
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN,
  });
};

/** Names and text values, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

const DAY = 86_400_000;

/**
 * Parses the environment once into frozen settings.
 *
 * @param environment - the variables; a variable set to the empty text counts as not set, so that a line `NAME=` in a
 *   `.env` file means its default.
 * @returns the settings, frozen at every level.
 * @throws ConfigError naming every variable that is missing or malformed and what was expected.
 */
export const readConfig = (environment: Environment): Config => {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = v.safeParse(variables, present);
  if (!parsed.success) throw new ConfigError(parsed.issues.map((issue) => problemOf(issue, present)));
  const values = parsed.output;
  const production = values.NODE_ENV === 'production';
  const problems = [...accessProblems(values), ...(production ? productionProblems(values) : [])];
  if (problems.length > 0) throw new ConfigError(problems);

  return Object.freeze({
    production,
    stage: values.STAGE,
    onLambda: values.AWS_LAMBDA_RUNTIME_API !== undefined,
    logLevel: values.LOG_LEVEL,
    telemetry: Object.freeze({
      emf: values.METRICS_EMF || values.METRICS_CLOUDWATCH_URL !== undefined,
      cloudWatch: values.METRICS_CLOUDWATCH_URL,
      namespace: `realtime-sync-${values.STAGE}`,
      tracing: values.TRACING_ENABLED,
      deployedAt: values.DEPLOYED_AT,
    }),
    ports: Object.freeze({ websocket: values.WS_PORT, http: values.HTTP_PORT, lambda: values.LAMBDA_PORT }),
    redis: Object.freeze({
      url: values.REDIS_URL,
      cluster: values.REDIS_CLUSTER,
      keyPrefix: values.REDIS_KEY_PREFIX,
    }),
    rabbitmq: Object.freeze({
      url: values.RABBITMQ_URL,
      shards: values.RABBITMQ_SHARDS,
      generation: values.RABBITMQ_GENERATION,
      capacity: values.RABBITMQ_SHARD_CAPACITY,
      prefetch: values.RABBITMQ_PREFETCH,
    }),
    gateway: Object.freeze({
      endpoint: values.WS_ENDPOINT.replace(/\/+$/, ''),
      region: values.AWS_REGION,
      credentials: credentialsOf(values),
    }),
    ...accessOf(values),
    limits: Object.freeze({
      heartbeatInterval: values.WS_HEARTBEAT_INTERVAL,
      messageSize: values.WS_MAX_MESSAGE_SIZE,
      subscriptions: values.MAX_SUBSCRIPTIONS,
    }),
    fanOut: Object.freeze({ window: values.FANOUT_WINDOW_MS, patternCacheSize: values.PATTERN_CACHE_SIZE }),
    compression: Object.freeze({
      enabled: values.COMPRESSION_ENABLED,
      threshold: values.WS_COMPRESSION_THRESHOLD,
    }),
    history: Object.freeze({
      enabled: values.EVENT_REPLAY_ENABLED,
      batchSize: Math.min(values.EVENT_REPLAY_BATCH_SIZE, values.EVENT_REPLAY_MAX_EVENTS),
      compression: values.EVENT_REPLAY_COMPRESSION,
      retention: values.EVENT_REPLAY_RETENTION_DAYS * DAY,
      maxEvents: values.EVENT_REPLAY_MAX_EVENTS,
    }),
  });
};

let processConfig: Config | undefined;

/**
 * The settings of this process, read from its environment at the first call.
 *
 * @returns the frozen settings.
 * @throws ConfigError as `readConfig` does.
 */
export const config = (): Config => {
  processConfig ??= readConfig(process.env);
  return processConfig;
};
