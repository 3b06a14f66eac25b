import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { backEndUrl } from '../../lib/rabbitmq/back-end.ts';
import { freePorts } from '../ports.ts';
import { Child } from '../processes/child.ts';
import { endLeftover } from '../processes/leftover.ts';
import { assertDiskSpace } from './disk-space.ts';
import { erlangHome } from './erlang-home.ts';
import { makeOwnDirectory } from './password.ts';
import { endLeftoverServer, PrivateServer } from './private-server.ts';
import { type ClusterMember, DISK_FREE_LIMIT, prepareRabbitMq, USER } from './rabbitmq-files.ts';
import type { PrivateServerPlace } from './redis.ts';
import type { OwnServer } from './server.ts';

/** A stop in order takes one to eight seconds. */
const GRACE = 12_000;
/** A process that has not ended is waited for: on a machine that is busy it takes more than a minute to begin. */
const PATIENCE = 180_000;
const PORT_MAPPER_NOTE = 'port-mapper.json';

/** In the path of its data RabbitMQ takes these for quotes of a command, and waits for ever for its answer. */
const QUOTE = /["'`]/;

/** @throws Error that says which letter it is, and where. */
const assertReadablePath = (directory: string): void => {
  const [letter] = QUOTE.exec(directory) ?? [];
  if (letter === undefined) return;
  throw new Error(
    `RabbitMQ cannot keep data in a folder whose path has a ${letter} in it: ${directory}. Move the clone to a path without, or set RABBITMQ_URL to a RabbitMQ that runs.`,
  );
};

/** A RabbitMQ started here, which can be told what its own tool can tell it. */
export interface OwnRabbitMq extends OwnServer {
  /** Runs a command of `rabbitmqctl`, which takes seconds. @returns what it prints. */
  control(...command: string[]): Promise<string>;
}

interface PrivateRabbitMqPlace extends PrivateServerPlace {
  /** Besides its default one. */
  readonly virtualHosts?: readonly string[];
  /** Which node of a cluster it is; one that stands alone where nothing is said. */
  readonly member?: ClusterMember;
  /** Bytes of a message that it takes; as many as a message may have where nothing is said. */
  readonly maxMessageSize?: number;
  /** Whether back-ends may hear private events. */
  readonly hearsPrivate?: boolean;
}

/**
 * Starts a private RabbitMQ with the consistent-hash exchange.
 *
 * A server that answers a handshake is ready: it opens its port last. Asking `rabbitmqctl` instead would start a second
 * Erlang machine, and take seconds. For the same reason it is stopped by a signal, which it takes as a shutdown in order.
 *
 * @returns it, as soon as its process runs and its address is known.
 * @throws Error if it cannot be started, at once where its directory has a path that it cannot
 *   read, or lies on a full disk.
 */
export const startRabbitMq = async ({
  program,
  directory,
  preferredPort,
  report,
  virtualHosts = [],
  member,
  maxMessageSize,
  hearsPrivate = false,
}: PrivateRabbitMqPlace): Promise<OwnRabbitMq> => {
  assertReadablePath(directory);
  makeOwnDirectory(directory);
  assertDiskSpace('rabbitmq', directory, DISK_FREE_LIMIT);
  await endLeftoverServer('rabbitmq', directory, report);
  await endLeftover(join(directory, PORT_MAPPER_NOTE));
  const [amqp = 0, distribution = 0, free = 0] = await freePorts([preferredPort, 0, 0]);
  const epmd = member?.epmd ?? free;
  const home = member === undefined ? erlangHome(directory) : undefined;
  if (home?.isOpen) report(`Beware: others on this machine may read ${directory}: its file system keeps no rights`);
  const { environment, passwords } = prepareRabbitMq(
    directory,
    { amqp, distribution, epmd },
    {
      virtualHosts,
      hearsPrivate,
      ...(member === undefined ? {} : { member }),
      ...(home === undefined ? {} : { home: home.path }),
      ...(maxMessageSize === undefined ? {} : { maxMessageSize }),
    },
  );
  const portMapper = member === undefined ? await startPortMapper(directory, environment) : undefined;
  const url = `amqp://${USER}:${passwords.own}@127.0.0.1:${amqp}`;
  const server = await PrivateServer.start({
    kind: 'rabbitmq',
    url,
    directory,
    launch: (note) =>
      Child.start({
        name: 'RabbitMQ',
        command: program,
        args: [],
        environment,
        directory,
        note,
        output: join(directory, 'rabbitmq.log'),
      }),
    grace: GRACE,
    patience: PATIENCE,
  }).catch(async (error: unknown) => {
    await portMapper?.stop(GRACE);
    home?.remove();
    throw error;
  });
  return {
    url: server.url,
    ...(member === undefined ? { backEndUrl: backEndUrl(url, passwords.backEnd) } : {}),
    get pid() {
      return server.pid;
    },
    failed: server.failed,
    ready: () => server.ready(),
    kill: () => server.kill(),
    restart: () => server.restart(),
    control: async (...command) => {
      const ctl = join(dirname(program), 'rabbitmqctl');
      return (await promisify(execFile)(ctl, ['--silent', ...command], { env: environment })).stdout;
    },
    stop: async () => {
      await server.stop();
      await portMapper?.stop(GRACE);
      home?.remove();
    },
  };
};

/**
 * Runs Erlang's port mapper as a child. RabbitMQ would start one by itself, as a daemon that outlives it.
 *
 * @param environment - says by `ERL_EPMD_PORT` and `ERL_EPMD_ADDRESS` where.
 * @returns the child, or undefined where there is no such program in PATH: then RabbitMQ's own has to do.
 */
export const startPortMapper = async (
  directory: string,
  environment: NodeJS.ProcessEnv,
): Promise<Child | undefined> => {
  try {
    return await Child.start({
      name: 'epmd',
      command: 'epmd',
      args: [],
      environment,
      directory,
      note: join(directory, PORT_MAPPER_NOTE),
      output: join(directory, 'epmd.log'),
    });
  } catch {
    return undefined;
  }
};
