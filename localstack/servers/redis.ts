import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../ports.ts';
import { Child } from '../processes/child.ts';
import { endLeftoverServer, PrivateServer } from './private-server.ts';
import type { OwnServer } from './server.ts';

export interface PrivateServerPlace {
  /** The program to run. */
  readonly program: string;
  /** Is made if missing. Belongs to this server alone. */
  readonly directory: string;
  /** A port to take if it is free; 0 for any. */
  readonly preferredPort: number;
  readonly report: (line: string) => void;
}

export interface PrivateRedisPlace extends PrivateServerPlace {
  /** Settings of redis.conf beside or instead of those made here. */
  readonly settings?: Readonly<Record<string, string>>;
}

const GRACE = 10_000;
const PATIENCE = 30_000;

/**
 * Starts a private Redis that keeps what it acknowledged: every write goes to the append-only file, and a full memory
 * refuses writes rather than forgetting keys.
 *
 * @returns it, as soon as its process runs and its address is known.
 */
export const startRedis = async ({
  program,
  directory,
  preferredPort,
  report,
  settings: own = {},
}: PrivateRedisPlace): Promise<OwnServer> => {
  mkdirSync(directory, { recursive: true });
  await endLeftoverServer('redis', directory, report);
  const [port = 0] = await freePorts([preferredPort]);
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: directory,
    appendonly: 'yes',
    'maxmemory-policy': 'noeviction',
    // The append-only file is the persistence; a snapshot beside it would only cost time.
    save: '',
    daemonize: 'no',
    ...own,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return PrivateServer.start({
    kind: 'redis',
    url: `redis://127.0.0.1:${port}`,
    directory,
    launch: (note) =>
      Child.start({
        name: 'Redis',
        command: program,
        args,
        environment: process.env,
        directory,
        note,
        output: join(directory, 'redis.log'),
      }),
    grace: GRACE,
    patience: PATIENCE,
  });
};
