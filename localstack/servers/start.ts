import { join } from 'node:path';
import { freePorts } from '../ports.ts';
import { claimDirectory } from '../processes/directory-claim.ts';
import { chooseSources, type Source } from './choice.ts';
import { startComposeService } from './compose.ts';
import { SERVER_KINDS, SERVERS, type ServerKind } from './kinds.ts';
import { type Machine, thisMachine } from './machine.ts';
import { ownPort } from './own-port.ts';
import { endLeftoverServer } from './private-server.ts';
import { startRabbitMq } from './rabbitmq.ts';
import { assertReachable } from './reachable.ts';
import { startRedis } from './redis.ts';
import type { OwnServer, Server } from './server.ts';

export interface ServersOptions {
  /** The folder of the project, where docker-compose.yml is. */
  readonly root: string;
  /** Holds the servers' data; one process at a time may use it. */
  readonly directory: string;
  /** Names and values as `process.env` has them; REDIS_URL and RABBITMQ_URL are used as they are where set. */
  readonly environment: NodeJS.ProcessEnv;
  /** Told what happens, line by line. */
  readonly report: (line: string) => void;
  /** Done once the directory is claimed, and before anything is started. */
  readonly prepare?: () => Promise<void>;
  /** For tests: any free ports, and under Docker containers of this name that vanish with their data. */
  readonly disposable?: string;
  /** For tests: what RabbitMQ has besides its default one. A RabbitMQ whose address is given has them already. */
  readonly virtualHosts?: readonly string[];
  readonly machine?: Machine;
}

export interface Servers {
  readonly redisUrl: string;
  readonly rabbitmqUrl: string;
  /** For back-ends; undefined where RabbitMQ's address was given, which has the users that it has. */
  readonly backEndUrl: string | undefined;
  /** An `OwnServer` unless an address was given. */
  readonly redis: Server | OwnServer;
  /** Likewise. */
  readonly rabbitmq: Server | OwnServer;
  /** Fulfilled once both answer; rejected with the reason if one does not. */
  ready(): Promise<void>;
  /** Fulfilled with what happened, should one started here end without having been asked to. */
  readonly failed: Promise<string>;
  /** Stops those started here, and waits until they are gone. */
  stop(): Promise<void>;
}

/** The ports of private servers where nothing else has them: an address that stays is easier to live with. */
const PREFERRED_PORTS: Readonly<Record<ServerKind, number>> = { redis: 6390, rabbitmq: 5690 };
/** The ports docker-compose.yml publishes. */
const COMPOSE_PORTS: Readonly<Record<ServerKind, number>> = { redis: 6379, rabbitmq: 5672 };

const PORT_VARIABLES: Readonly<Record<ServerKind, string>> = { redis: 'REDIS_PORT', rabbitmq: 'RABBITMQ_PORT' };

const portOf = async (kind: ServerKind, { directory, environment, report }: ServersOptions): Promise<number> => {
  const own = join(directory, kind);
  await endLeftoverServer(kind, own, report);
  const first = Number(environment[PORT_VARIABLES[kind]]) || 0;
  return ownPort(own, { first, usual: PREFERRED_PORTS[kind] });
};

const startOne = async (
  kind: ServerKind,
  source: Source,
  options: ServersOptions,
  machine: Machine,
): Promise<Server> => {
  const { directory, disposable, environment, report, root, virtualHosts = [] } = options;
  switch (source.from) {
    case 'address':
      await assertReachable(kind, source.url);
      return {
        url: source.url,
        ready: async () => {},
        failed: new Promise<string>(() => {}),
        stop: async () => {},
      };
    case 'program': {
      report(`Starting ${SERVERS[kind].name}: ${source.path}, data in ${join(directory, kind)}`);
      const place = {
        program: source.path,
        directory: join(directory, kind),
        preferredPort: disposable === undefined ? await portOf(kind, options) : 0,
        report,
      };
      return kind === 'redis'
        ? startRedis({ ...place, open: disposable !== undefined })
        : startRabbitMq({ ...place, virtualHosts, hearsPrivate: environment['APPENDED_PRIVATE_ENABLED'] === 'true' });
    }
    case 'compose': {
      const [port = 0] = disposable === undefined ? [COMPOSE_PORTS[kind]] : await freePorts([0]);
      return startComposeService({
        machine,
        kind,
        root,
        ...(disposable === undefined ? {} : { project: `${disposable}-${kind}` }),
        port,
        environment,
        ...(kind === 'rabbitmq' ? { virtualHosts } : {}),
        report,
      });
    }
  }
};

/**
 * Starts Redis and RabbitMQ, each wherever it can be had, both at once.
 *
 * @returns them, as soon as their addresses are known; `ready()` waits until they answer. So what needs only the
 *   addresses can start meanwhile: RabbitMQ takes its time.
 * @throws NoServerError, UnreachableError or DirectoryInUseError; what was started by then is stopped again.
 */
export const launchServers = async (options: ServersOptions): Promise<Servers> => {
  const { directory, environment, machine = thisMachine, report } = options;
  const addresses = Object.fromEntries(
    SERVER_KINDS.flatMap((kind) => {
      const url = environment[SERVERS[kind].variable];
      return url ? [[kind, url]] : [];
    }),
  );
  const release = claimDirectory(directory);
  const started: Server[] = [];
  const stop = async () => {
    await Promise.all(started.map((server) => server.stop()));
    release();
  };
  try {
    await options.prepare?.();
    const sources = await chooseSources(machine, addresses, report);
    // All are waited for, so that one that fails leaves none behind that was just about to start.
    const [redis, rabbitmq] = await Promise.allSettled(
      SERVER_KINDS.map(async (kind) => {
        const server = await startOne(kind, sources[kind], options, machine);
        started.push(server);
        return server;
      }),
    );
    if (redis?.status !== 'fulfilled') throw redis?.reason;
    if (rabbitmq?.status !== 'fulfilled') throw rabbitmq?.reason;
    return {
      redisUrl: redis.value.url,
      rabbitmqUrl: rabbitmq.value.url,
      backEndUrl: rabbitmq.value.backEndUrl,
      redis: redis.value,
      rabbitmq: rabbitmq.value,
      ready: async () => {
        await Promise.all(started.map((server) => server.ready()));
      },
      failed: Promise.race(started.map((server) => server.failed)),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

/**
 * Starts Redis and RabbitMQ and waits until both answer.
 *
 * @throws as `launchServers` does, and Error if one of them does not come up.
 */
export const startServers = async (options: ServersOptions): Promise<Servers> => {
  const servers = await launchServers(options);
  try {
    await servers.ready();
    return servers;
  } catch (error) {
    await servers.stop();
    throw error;
  }
};
