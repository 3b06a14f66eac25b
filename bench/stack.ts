import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Emulator, startEmulator, untilHealthy } from '../localstack/emulator.ts';
import { freePorts } from '../localstack/ports.ts';
import { localEndpoint } from '../localstack/settings.ts';
import { pidsOf, ROOT, startBackends } from './backends.ts';
import { cpuOf } from './process-cpu.ts';
import { residentMemory } from './process-memory.ts';

/** Limits that count, as in production, and that no load reaches. */
const UNLIMITED = {
  RATE_LIMIT_POINTS: '100000000',
  RATE_LIMIT_USER_POINTS: '100000000',
  RATE_LIMIT_BACKEND_POINTS: '100000000',
  RATE_LIMIT_GLOBAL_POINTS: '100000000',
};

/** The whole service with servers of its own, on free ports. */
export interface Stack {
  readonly websocketUrl: string;
  /** Where connections are posted to. */
  readonly endpoint: string;
  readonly httpUrl: string;
  readonly redisUrl: string;
  readonly rabbitmqUrl: string;
  /** All processes of it: the emulator’s and those of the servers started for it. */
  readonly pids: readonly number[];
  /** Seconds of CPU that the emulator’s process has used. */
  emulatorCpu(): number;
  /** Resident memory of the emulator’s process, bytes. */
  emulatorMemory(): number;
  stop(): Promise<void>;
}

/**
 * Starts it; ready when a broadcast would be heard.
 *
 * @param settings - variables that differ from the defaults.
 * @param roomy - whether the emulator may take what memory makes it fastest.
 */
export const startStack = async (
  say: (line: string) => void,
  settings: Readonly<Record<string, string>> = {},
  roomy = false,
): Promise<Stack> => {
  const directory = await mkdtemp(path.join(tmpdir(), 'realtime-sync-bench-'));
  const servers = await startBackends(directory, say);
  const [websocket, http, lambda] = (await freePorts([0, 0, 0])) as [number, number, number];
  const endpoint = localEndpoint({}, websocket);
  const note = path.join(directory, 'emulator.json');
  let emulator: Emulator | undefined;
  const stop = async (): Promise<void> => {
    await emulator?.stop();
    await servers.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    emulator = await startEmulator({
      root: ROOT,
      environment: {
        ...process.env,
        LOG_LEVEL: 'error',
        ...UNLIMITED,
        REDIS_URL: servers.redisUrl,
        RABBITMQ_URL: servers.rabbitmqUrl,
        WS_ENDPOINT: endpoint,
        WS_PORT: String(websocket),
        HTTP_PORT: String(http),
        LAMBDA_PORT: String(lambda),
        ...settings,
      },
      inProcess: true,
      roomy,
      note,
      onLine: () => undefined,
    });
    await untilHealthy(`http://127.0.0.1:${http}`, { timeout: 60_000, signal: AbortSignal.timeout(60_000) });
  } catch (error) {
    await stop();
    throw error;
  }
  const { pid } = JSON.parse(readFileSync(note, 'utf8')) as { pid: number };
  return {
    websocketUrl: `ws://127.0.0.1:${websocket}`,
    endpoint,
    httpUrl: `http://127.0.0.1:${http}`,
    redisUrl: servers.redisUrl,
    rabbitmqUrl: servers.rabbitmqUrl,
    pids: [pid, ...pidsOf(servers)],
    emulatorCpu: () => cpuOf([pid]),
    emulatorMemory: () => residentMemory(pid),
    stop,
  };
};
