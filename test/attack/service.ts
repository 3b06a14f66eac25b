import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { startServers } from '../../localstack/servers/start.ts';
import { startEmulator } from '../e2e/emulator.ts';
import { SECRET, tokenFor } from '../tokens.ts';
import { MANY } from './attacks.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');

/** Who may be as quick as it likes, and prepares what attackers look for. */
const PREPARER = 'preparer';
const EVENTS_OF_A_REQUEST = 100;

/** Limits as they are where nobody says others. The tests’ emulator has none that anybody reaches. */
const DEFAULT_LIMITS = {
  RATE_LIMIT_POINTS: '1000',
  RATE_LIMIT_USER_POINTS: '3000',
  RATE_LIMIT_GLOBAL_POINTS: '10000',
};

/** The service as `npm start` has it, where people sign in, with servers of its own. */
export interface Service {
  readonly websocketUrl: string;
  readonly httpUrl: string;
  readonly lambdaPort: number;
  /** Bytes that Redis uses. */
  memory(): Promise<number>;
  /** Seconds of processor time that the functions have used. */
  cpu(): number;
  /** Forgets what was counted against the limit of everyone. */
  forgive(): Promise<void>;
  stop(): Promise<void>;
}

/** Of a second, in which Linux counts processor time. */
const TICKS = 100;

const cpuOf = (pid: number): number => {
  // Behind the name, which may hold spaces; user and system time are the 14th and 15th field of all.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
};

const prepare = async (httpUrl: string): Promise<void> => {
  const token = await tokenFor(PREPARER, { channels: { publish: [`${MANY.prefix}:*`] } });
  for (let from = 0; from < MANY.channels; from += EVENTS_OF_A_REQUEST) {
    const events = Array.from({ length: EVENTS_OF_A_REQUEST }, (_, at) => ({
      channel: `${MANY.prefix}:${from + at}`,
      data: at,
    }));
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${httpUrl}/events`, { method: 'POST', headers, body: JSON.stringify({ events }) });
    if (!answer.ok) throw new Error(`What is attacked could not be prepared: ${await answer.text()}`);
  }
};

/** @param strict - as `npm start` has it; `npm start -- --lenient` otherwise. */
export const startService = async (strict: boolean, say: (line: string) => void): Promise<Service> => {
  const directory = await mkdtemp(path.join(tmpdir(), 'realtime-sync-attack-'));
  const servers = await startServers({
    root: ROOT,
    directory,
    environment: {},
    report: say,
    disposable: path.basename(directory).toLowerCase(),
  });
  const stopServers = async (): Promise<void> => {
    await servers.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const { redisUrl, rabbitmqUrl } = servers;
    const emulator = await startEmulator({
      redisUrl,
      rabbitmqUrl,
      strict: strict ? {} : false,
      env: {
        ...DEFAULT_LIMITS,
        AUTH_MODE: 'jwt',
        AUTH_JWT_SECRET: SECRET,
        // A session is over within a round.
        AUTH_JWT_CLOCK_TOLERANCE: '0',
        RATE_LIMIT_ALLOW_USERS: PREPARER,
        LOG_LEVEL: 'error',
      },
    });
    const redis = new Redis(redisUrl);
    const stop = async (): Promise<void> => {
      redis.disconnect();
      await emulator.stop();
      await stopServers();
    };
    try {
      await prepare(emulator.httpUrl);
    } catch (error) {
      await stop();
      throw error;
    }
    const { websocketUrl, httpUrl, lambdaPort } = emulator;
    const memory = async (): Promise<number> => Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
    const forgive = async (): Promise<void> => {
      for await (const keys of redis.scanStream({ match: '*l:{everyone}:*', count: 10_000 })) {
        if (keys.length > 0) await redis.unlink(keys);
      }
    };
    return { websocketUrl, httpUrl, lambdaPort, memory, cpu: () => cpuOf(emulator.pid), forgive, stop };
  } catch (error) {
    await stopServers();
    throw error;
  }
};
