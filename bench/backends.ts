import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Servers, startServers } from '../localstack/servers/start.ts';
import type { Backends } from './measure.ts';

export const ROOT = path.join(import.meta.dirname, '..');

/** A Redis and a RabbitMQ of the run’s own: private, started when first asked for. */
export class RunBackends {
  #started: Promise<{ readonly servers: Servers; readonly directory: string }> | undefined;

  async get(say: (line: string) => void): Promise<Backends> {
    this.#started ??= this.#start(say);
    return (await this.#started).servers;
  }

  async stop(): Promise<void> {
    if (this.#started === undefined) return;
    const { servers, directory } = await this.#started;
    await servers.stop();
    await rm(directory, { recursive: true, force: true });
  }

  async #start(report: (line: string) => void) {
    const directory = await mkdtemp(path.join(tmpdir(), 'realtime-sync-bench-'));
    const servers = await startServers({ root: ROOT, directory, environment: {}, report, disposable: 'bench' });
    return { servers, directory };
  }
}
