import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../ports.ts';
import { Child } from '../processes/child.ts';
import { makeOwnDirectory, passwordOf } from './password.ts';
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
  /** Whether it takes anyone who reaches it, as one of a test may; else whoever knows its password. */
  readonly open?: boolean;
  /** Settings of redis.conf beside or instead of those made here. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Runs a program whose files are its owner’s alone. */
const FOR_OWNER = ['/bin/sh', '-c', 'umask 077; exec "$0" "$@"'] as const;

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
  open = false,
  settings: own = {},
}: PrivateRedisPlace): Promise<OwnServer> => {
  makeOwnDirectory(directory);
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
  const password = open ? '' : passwordOf(directory, 'password');
  // In a file, since everybody on the machine sees the arguments of a process.
  const configuration = join(directory, 'redis.conf');
  writeFileSync(configuration, open ? '' : `requirepass ${password}\n`, { mode: 0o600 });
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const [command, ...umask] = FOR_OWNER;
  return PrivateServer.start({
    kind: 'redis',
    // With the user, without which redis-cli takes the address for that of one without a name.
    url: `redis://${open ? '' : `default:${password}@`}127.0.0.1:${port}`,
    directory,
    launch: (note) =>
      Child.start({
        name: 'Redis',
        command,
        args: [...umask, program, configuration, ...args],
        environment: process.env,
        directory,
        note,
        output: join(directory, 'redis.log'),
      }),
    grace: GRACE,
    patience: PATIENCE,
  });
};
