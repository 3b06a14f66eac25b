import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, fetch } from 'undici';
import { NAMING_SECRET } from './connection-name.ts';
import { COMPLETE } from './dotenv.ts';
import { Child, describeExit } from './processes/child.ts';
import { assertWritable } from './unwritable.js';

export interface EmulatorOptions {
  /** The folder of serverless.yml. */
  readonly root: string;
  /** Everything the functions and the emulator read, complete with addresses and ports. */
  readonly environment: NodeJS.ProcessEnv;
  /** Whether functions run in the emulator's own process, or each in a worker thread. */
  readonly inProcess: boolean;
  /** Whether it takes what memory makes it fastest; little, unless asked for. */
  readonly roomy?: boolean;
  /** Takes every line of its output. */
  readonly onLine: (line: string) => void;
  /** Where to note its process down for a start after a crash. */
  readonly note?: string;
}

/** The local API Gateway and Lambda. */
export interface Emulator {
  readonly pid: number;
  /** Fulfilled with how it ended and its last lines, whoever ended it. */
  readonly ended: Promise<string>;
  /** Lets batches in flight finish, then ends it. */
  stop(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
}

/** Begins the line in which the emulator says why it ends before it is there; that line says all. */
export const CANNOT_START = 'Cannot start: ';

/** Batches and frames in hand get eight seconds, the goodbye to clients five, the gateway five. */
const GRACE = 20_000;
const SMALL = [
  // Small young generation: with a thousand connections 300 MB instead of 475, at the same latency.
  '--max-semi-space-size=2',
  // Another 50 MB less, for a tenth of the latency.
  '--optimize-for-size',
];
const LINES_SHOWN = 20;
const POLL = 100;
/** No proxy of the environment stands between this machine and itself. */
const direct = new Agent({ connections: 1 });
const REQUEST_TIMEOUT = 5_000;

/**
 * Seconds, longer than any connection may last. The emulator ends a connection by itself after ten minutes of silence, and
 * does not see what the gateway in front posts to the client: one that only listens would be cut in the midst of it.
 */
const NEVER = String(7 * 24 * 3_600);

/** What the framework is called with. */
export const emulatorArguments = ({
  inProcess,
  environment,
}: Pick<EmulatorOptions, 'inProcess' | 'environment'>): readonly string[] => [
  ...['offline', 'start', '--stage', 'local'],
  // What a thread takes to start is not its function's time, but the emulator counts it; and a thread that it ends
  // while it starts may take Node down with it.
  inProcess ? '--useInProcess' : '--noTimeout',
  // The gateway in front ends connections that are silent, or as old as one may be.
  ...(environment[NAMING_SECRET] === undefined
    ? []
    : ['--webSocketIdleTimeout', NEVER, '--webSocketHardTimeout', NEVER]),
];

const serverlessProgram = (root: string): string => {
  const manifest = createRequire(join(root, 'package.json')).resolve('serverless/package.json');
  return join(dirname(manifest), 'bin', 'serverless.js');
};

/** The framework keeps in the home directory what it made of its schema, for all clones. Some users’ cannot be written to. */
const schemaCache = (root: string): NodeJS.ProcessEnv => {
  try {
    assertWritable(join(homedir(), '.serverless'));
    return {};
  } catch {
    return { SLS_SCHEMA_CACHE_BASE_DIR: join(root, '.local') };
  }
};

/**
 * Starts the emulator. It is there once `untilHealthy` says so.
 *
 * @throws Error if it cannot be started.
 */
export const startEmulator = async (options: EmulatorOptions): Promise<Emulator> => {
  const child = await Child.start({
    name: 'The emulator',
    // Node itself rather than a shell or npx: a signal then reaches the emulator and nothing in between.
    command: process.execPath,
    args: [...(options.roomy === true ? [] : SMALL), serverlessProgram(options.root), ...emulatorArguments(options)],
    environment: {
      // What it compiled the last time saves a seventh of the work of a start.
      NODE_COMPILE_CACHE: join(options.root, '.local', 'compile-cache'),
      ...schemaCache(options.root),
      ...options.environment,
      [COMPLETE]: 'true',
      // No look-ups for updates and no statistics: the start works without a network.
      SLS_NOTIFICATIONS_MODE: 'off',
      SLS_TELEMETRY_DISABLED: '1',
    },
    directory: options.root,
    output: options.onLine,
    ...(options.note === undefined ? {} : { note: options.note }),
  });
  return {
    pid: child.pid,
    ended: child.exited.then((exit) => {
      const last = child.lastLines(LINES_SHOWN);
      const cause = last.find((line) => line.startsWith(CANNOT_START));
      if (cause !== undefined) return cause.slice(CANNOT_START.length);
      const lines = last.map((line) => `  ${line}`);
      return [`The emulator ${describeExit(exit)}. Its last lines:`, ...lines].join('\n');
    }),
    stop: async () => {
      await child.stop(GRACE);
    },
    kill: async () => {
      child.signal('SIGKILL');
      await child.exited;
    },
  };
};

/** What `GET /health` says, as far as it is asked for here. */
interface Health {
  readonly timestamp: string;
  readonly checks: Readonly<Record<string, boolean | 'unknown'>>;
  readonly reasons: Readonly<Record<string, string>>;
}

/** @returns undefined for an answer of something else: the emulator answers 200 also where a function could not be loaded. */
const healthIn = (body: string): Health | undefined => {
  try {
    const health = JSON.parse(body) as Partial<Health>;
    return typeof health.checks === 'object' && typeof health.timestamp === 'string' ? (health as Health) : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Waits until the service says that a broadcast would be heard, as it looked after this was called.
 *
 * @param httpUrl - of the emulated HTTP API.
 * @param options - `timeout` in milliseconds; `signal` gives up early.
 * @returns what is not as it should be all the same, in words.
 * @throws Error with the last answer, if it does not get there in time.
 */
export const untilHealthy = async (
  httpUrl: string,
  options: { readonly timeout: number; readonly signal: AbortSignal },
): Promise<readonly string[]> => {
  const began = Date.now();
  const end = began + options.timeout;
  let last = 'no answer';
  while (Date.now() < end) {
    options.signal.throwIfAborted();
    try {
      const response = await fetch(`${httpUrl}/health`, {
        dispatcher: direct,
        signal: AbortSignal.any([options.signal, AbortSignal.timeout(REQUEST_TIMEOUT)]),
      });
      const body = await response.text();
      const health = healthIn(body);
      if (response.status === 200 && health !== undefined && Date.parse(health.timestamp) >= began) {
        return Object.values(health.reasons);
      }
      last = `${response.status} ${body}`;
    } catch (error) {
      last = (error as Error).message;
    }
    await delay(POLL, undefined, { signal: options.signal });
  }
  throw new Error(`GET ${httpUrl}/health is not 200 after ${options.timeout / 1000} s. The last answer: ${last}`);
};
