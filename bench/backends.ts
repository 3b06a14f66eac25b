import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { OwnServer, Server } from '../localstack/servers/server.ts';
import { type Servers, startServers } from '../localstack/servers/start.ts';
import type { Backends } from './measure.ts';

export const ROOT = path.join(import.meta.dirname, '..');

/**
 * Starts a Redis and a RabbitMQ that are private. Where `BENCH_REDIS_URL` and `BENCH_RABBITMQ_URL` name servers, it is
 * these, as they are; what is measured fills them.
 */
export const startBackends = (directory: string, report: (line: string) => void): Promise<Servers> =>
  startServers({
    root: ROOT,
    directory,
    environment: { REDIS_URL: process.env['BENCH_REDIS_URL'], RABBITMQ_URL: process.env['BENCH_RABBITMQ_URL'] },
    report,
    disposable: 'bench',
  });

/** @returns the processes of those that were started here. */
export const pidsOf = ({ redis, rabbitmq }: Pick<Servers, 'redis' | 'rabbitmq'>): readonly number[] =>
  [redis, rabbitmq].flatMap((server) => pidOf(server) ?? []);

const pidOf = (server: Server | OwnServer): number | undefined => ('pid' in server ? server.pid : undefined);

/** A Redis and a RabbitMQ of the run’s own, started when first asked for. */
export class RunBackends {
  #started: Promise<{ readonly servers: Servers; readonly directory: string }> | undefined;

  async get(say: (line: string) => void): Promise<Backends> {
    this.#started ??= this.#start(say);
    const { servers } = await this.#started;
    const { redisUrl, rabbitmqUrl, redis } = servers;
    return { redisUrl, rabbitmqUrl, redisPid: pidOf(redis) };
  }

  async stop(): Promise<void> {
    if (this.#started === undefined) return;
    const { servers, directory } = await this.#started;
    await servers.stop();
    await rm(directory, { recursive: true, force: true });
  }

  async #start(report: (line: string) => void) {
    const directory = await mkdtemp(path.join(tmpdir(), 'realtime-sync-bench-'));
    return { servers: await startBackends(directory, report), directory };
  }
}
