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
  /** Of its first gateway. */
  readonly websocketUrl: string;
  /** Of each of its gateways. */
  readonly websocketUrls: readonly string[];
  /** Where connections are posted to. */
  readonly endpoint: string;
  readonly httpUrl: string;
  readonly redisUrl: string;
  readonly rabbitmqUrl: string;
  /** All processes of it: the emulators’ and those of the servers started for it. */
  readonly pids: readonly number[];
  /** Seconds of CPU that the emulators’ processes have used. */
  emulatorCpu(): number;
  /** Resident memory of the emulators’ processes, bytes. */
  emulatorMemory(): number;
  stop(): Promise<void>;
}

/** One emulator: gateway, event source and functions, in a process of its own. */
interface Gateway {
  readonly emulator: Emulator;
  readonly pid: number;
  readonly websocketUrl: string;
  readonly endpoint: string;
  readonly httpUrl: string;
}

const startGateway = async (
  servers: { readonly redisUrl: string; readonly rabbitmqUrl: string },
  note: string,
  settings: Readonly<Record<string, string>>,
  roomy: boolean,
): Promise<Gateway> => {
  const [websocket, http, lambda] = (await freePorts([0, 0, 0])) as [number, number, number];
  const endpoint = localEndpoint({}, websocket);
  const emulator = await startEmulator({
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
  const httpUrl = `http://127.0.0.1:${http}`;
  try {
    await untilHealthy(httpUrl, { timeout: 60_000, signal: AbortSignal.timeout(60_000) });
  } catch (error) {
    await emulator.stop();
    throw error;
  }
  const { pid } = JSON.parse(readFileSync(note, 'utf8')) as { pid: number };
  return { emulator, pid, websocketUrl: `ws://127.0.0.1:${websocket}`, endpoint, httpUrl };
};

/**
 * Starts it; ready when a broadcast would be heard.
 *
 * @param settings - variables that differ from the defaults.
 * @param options - `roomy`: whether an emulator may take what memory makes it fastest; `gateways`: how many emulators
 *   share the servers, 1 where nothing is said.
 */
export const startStack = async (
  say: (line: string) => void,
  settings: Readonly<Record<string, string>> = {},
  { roomy = false, gateways: count = 1 }: { readonly roomy?: boolean; readonly gateways?: number } = {},
): Promise<Stack> => {
  const directory = await mkdtemp(path.join(tmpdir(), 'realtime-sync-bench-'));
  const servers = await startBackends(directory, say);
  const gateways: Gateway[] = [];
  const stop = async (): Promise<void> => {
    for (const { emulator } of gateways) await emulator.stop();
    await servers.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    // One after another: the first one makes what is missing in the servers.
    while (gateways.length < count) {
      const note = path.join(directory, `emulator-${gateways.length}.json`);
      gateways.push(await startGateway(servers, note, settings, roomy));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const [{ websocketUrl, endpoint, httpUrl }] = gateways as unknown as readonly [Gateway];
  const pids = gateways.map(({ pid }) => pid);
  return {
    websocketUrl,
    websocketUrls: gateways.map((each) => each.websocketUrl),
    endpoint,
    httpUrl,
    redisUrl: servers.redisUrl,
    rabbitmqUrl: servers.rabbitmqUrl,
    pids: [...pids, ...pidsOf(servers)],
    emulatorCpu: () => cpuOf(pids),
    emulatorMemory: () => pids.reduce((sum, pid) => sum + residentMemory(pid), 0),
    stop,
  };
};
