import { fileURLToPath } from 'node:url';
import { NAMING_SECRET } from '../../localstack/connection-name.ts';
import { startEmulator as startProcess, untilHealthy } from '../../localstack/emulator.ts';
import { freePorts } from '../../localstack/ports.ts';
import { newSecretPath } from '../../localstack/secret-path.ts';
import { StrictGateway } from '../../localstack/strict/gateway.ts';
import type { StrictSettings } from '../../localstack/strict/settings.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PATIENCE = 60_000;

/** Limits that count, and that no test reaches by accident. */
const UNLIMITED = {
  RATE_LIMIT_POINTS: '100000000',
  RATE_LIMIT_USER_POINTS: '100000000',
  RATE_LIMIT_BACKEND_POINTS: '100000000',
  RATE_LIMIT_GLOBAL_POINTS: '100000000',
};

export interface EmulatorOptions {
  readonly redisUrl: string;
  readonly rabbitmqUrl: string;
  /** Whether functions share the emulator's process (the default), or run in worker threads. */
  readonly inProcess?: boolean;
  /**
   * The emulator stands behind a gateway that enforces what API Gateway does, with these differences. `false` where a test
   * is of what API Gateway would not let through, or of something else that stands in front.
   */
  readonly strict?: Partial<StrictSettings> | false;
  /** Started beside the emulator, and told the service’s settings, before it is waited for. */
  readonly beside?: (environment: NodeJS.ProcessEnv) => Promise<void>;
  /** Further settings of the service; they win over everything. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunningEmulator {
  readonly pid: number;
  readonly websocketUrl: string;
  readonly httpUrl: string;
  /** Where functions post to connections. */
  readonly endpoint: string;
  /** Port at which functions are called. */
  readonly lambdaPort: number;
  /** Port of the emulator’s own gateway, behind the one in front. */
  readonly innerPort: number;
  /** The gateway in front, where there is one. */
  readonly gateway: StrictGateway | undefined;
  /** @returns all it has written so far. */
  output(): string;
  /** Ends it in order. */
  stop(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
}

/**
 * Starts the service in the emulator, on free ports, and waits until `GET /health` answers 200.
 *
 * @throws Error with the end of its output, if it ends or does not get healthy; nothing is left running then.
 */
export const startEmulator = async (options: EmulatorOptions): Promise<RunningEmulator> => {
  const [websocket = 0, http = 0, lambda = 0] = await freePorts([0, 0, 0]);
  const lines: string[] = [];
  const { strict = {} } = options;
  const path = newSecretPath();
  const gateway = strict
    ? await StrictGateway.start({ port: 0, upstream: `ws://127.0.0.1:${websocket}`, path, settings: strict })
    : undefined;
  const front = gateway?.port ?? websocket;
  const endpoint = `http://127.0.0.1:${front}${path}`;
  const environment = {
    ...process.env,
    // Vitest's own, which the service knows as well and would refuse or follow.
    NODE_ENV: 'test',
    LOG_LEVEL: 'info',
    WS_PORT: String(websocket),
    HTTP_PORT: String(http),
    LAMBDA_PORT: String(lambda),
    WS_ENDPOINT: endpoint,
    REDIS_URL: options.redisUrl,
    RABBITMQ_URL: options.rabbitmqUrl,
    ...UNLIMITED,
    ...options.env,
  };
  const emulator = await startProcess({
    root: ROOT,
    inProcess: options.inProcess ?? true,
    // As Node has it on Lambda: a fifth less of the processor.
    roomy: true,
    environment: { ...environment, [NAMING_SECRET]: gateway?.namingSecret },
    onLine: (line) => void lines.push(line),
  });
  const httpUrl = `http://127.0.0.1:${http}`;
  const waiting = new AbortController();
  try {
    await options.beside?.(environment);
    await Promise.race([
      untilHealthy(httpUrl, { timeout: PATIENCE, signal: waiting.signal }),
      emulator.ended.then((reason) => Promise.reject(new Error(reason))),
    ]);
  } catch (error) {
    waiting.abort();
    await emulator.stop();
    await gateway?.stop();
    throw new Error(`${(error as Error).message}\n${lines.slice(-40).join('\n')}`, { cause: error });
  }
  return {
    pid: emulator.pid,
    websocketUrl: `ws://127.0.0.1:${front}`,
    httpUrl,
    endpoint,
    lambdaPort: lambda,
    innerPort: websocket,
    gateway,
    output: () => lines.join('\n'),
    stop: async () => {
      await emulator.stop();
      await gateway?.stop();
    },
    kill: async () => {
      await emulator.kill();
      await gateway?.stop();
    },
  };
};
