import { createHash } from 'node:crypto';
import { BACK_END, backEndPermissions, backEndUrl } from '../../lib/rabbitmq/back-end.ts';
import { SERVERS, type ServerKind } from './kinds.ts';
import type { Machine, RunResult } from './machine.ts';
import { assertReachable } from './reachable.ts';
import type { OwnServer } from './server.ts';

/** A Docker client whose engine is away may wait for it for long. */
const ANSWER_TIMEOUT = 10_000;
/** Images may have to be pulled first. */
const UP_TIMEOUT = 600_000;
const DOWN_TIMEOUT = 60_000;
const CONTROL_TIMEOUT = 60_000;

/** The credentials docker-compose.yml gives RabbitMQ unless these variables say otherwise. */
const RABBITMQ_USER = { variable: 'RABBITMQ_DEFAULT_USER', value: 'admin' };
const RABBITMQ_PASSWORD = { variable: 'RABBITMQ_DEFAULT_PASS', value: 'password123' };
const PORT_VARIABLES: Readonly<Record<ServerKind, string>> = { redis: 'REDIS_PORT', rabbitmq: 'RABBITMQ_PORT' };

/**
 * @param machine - where to ask.
 * @returns whether `docker compose` can be used, and if not, why.
 */
export const composeAnswers = async (
  machine: Machine,
): Promise<{ available: true } | { available: false; reason: string }> => {
  if (machine.find('docker') === undefined) return { available: false, reason: 'Docker is not in PATH' };
  const engine = await machine.run('docker', ['info'], { timeout: ANSWER_TIMEOUT });
  if (engine.code !== 0) return { available: false, reason: 'Docker is installed, but its engine does not answer' };
  const plugin = await machine.run('docker', ['compose', 'version'], { timeout: ANSWER_TIMEOUT });
  if (plugin.code !== 0) return { available: false, reason: 'Docker runs, but without its compose plugin' };
  return { available: true };
};

export interface ComposeOptions {
  readonly machine: Machine;
  readonly kind: ServerKind;
  /** The folder of docker-compose.yml. */
  readonly root: string;
  /** Set for servers of a test: containers and volumes of this name, gone after `stop`. */
  readonly project?: string;
  /** The port on this machine. */
  readonly port: number;
  readonly environment: NodeJS.ProcessEnv;
  /** What RabbitMQ has besides its default one. */
  readonly virtualHosts?: readonly string[];
  readonly report: (line: string) => void;
}

/**
 * Starts one service of docker-compose.yml.
 *
 * @returns it, once it is healthy. A service that ran before is used as it is, and stays.
 * @throws Error if it does not come up.
 */
export const startComposeService = async (options: ComposeOptions): Promise<OwnServer> => {
  const { environment, kind, machine, port, project, report, root, virtualHosts = [] } = options;
  const { composeService, name } = SERVERS[kind];
  const compose = (args: readonly string[], timeout: number, onLine?: (line: string) => void): Promise<RunResult> =>
    machine.run('docker', ['compose', ...(project === undefined ? [] : ['--project-name', project]), ...args], {
      directory: root,
      environment: { [PORT_VARIABLES[kind]]: String(port) },
      timeout,
      ...(onLine === undefined ? {} : { onLine }),
    });
  const up = async () => {
    const { code, output } = await compose(['up', '--detach', '--wait', composeService], UP_TIMEOUT, (line) =>
      report(`  ${line}`),
    );
    if (code !== 0) throw new Error(`docker compose cannot start ${name}:\n${output}`);
  };

  const running = await compose(['ps', '--services', '--status', 'running'], ANSWER_TIMEOUT);
  const ranBefore = running.code === 0 && running.output.split('\n').includes(composeService);
  report(`${ranBefore ? 'Using' : 'Starting'} ${name} of docker-compose.yml`);
  await up();
  const rabbitmqctl = async (...args: string[]) => {
    const { code, output } = await compose(['exec', '-T', composeService, 'rabbitmqctl', ...args], CONTROL_TIMEOUT);
    if (code !== 0) throw new Error(`rabbitmqctl ${args[0]} failed:\n${output}`);
  };
  for (const virtualHost of virtualHosts) {
    await rabbitmqctl('add_vhost', virtualHost);
    const user = environment[RABBITMQ_USER.variable] || RABBITMQ_USER.value;
    await rabbitmqctl('set_permissions', '-p', virtualHost, user, '.*', '.*', '.*');
  }

  const admin = environment[RABBITMQ_PASSWORD.variable] || RABBITMQ_PASSWORD.value;
  // It stays what it is for as long as the administrator's does, which it does not tell.
  const backEndPassword = createHash('sha256').update(`${BACK_END}:${admin}`).digest('base64url').slice(0, 24);
  if (kind === 'rabbitmq') {
    const { configure, write, read } = backEndPermissions(environment['APPENDED_PRIVATE_ENABLED'] === 'true');
    // The user may be there from an earlier start.
    await rabbitmqctl('add_user', BACK_END, backEndPassword).catch(() =>
      rabbitmqctl('change_password', BACK_END, backEndPassword),
    );
    for (const virtualHost of ['/', ...virtualHosts]) {
      await rabbitmqctl('set_permissions', '-p', virtualHost, BACK_END, configure, write, read);
    }
  }

  const url =
    kind === 'redis'
      ? `redis://${environment['REDIS_PASSWORD'] ? `:${encodeURIComponent(environment['REDIS_PASSWORD'])}@` : ''}127.0.0.1:${port}`
      : `amqp://${credential(environment, RABBITMQ_USER)}:${credential(environment, RABBITMQ_PASSWORD)}@127.0.0.1:${port}`;
  return {
    url,
    ...(kind === 'rabbitmq' ? { backEndUrl: backEndUrl(url, backEndPassword) } : {}),
    pid: undefined,
    ready: () => assertReachable(kind, url),
    // A container is restarted by Docker; the service reconnects.
    failed: new Promise<string>(() => {}),
    stop: async () => {
      if (ranBefore) return;
      await compose(project === undefined ? ['stop', composeService] : ['down', '--volumes'], DOWN_TIMEOUT);
    },
    kill: async () => {
      await compose(['kill', composeService], DOWN_TIMEOUT);
    },
    restart: async () => {
      await compose(['stop', composeService], DOWN_TIMEOUT);
      await up();
    },
  };
};

const credential = (environment: NodeJS.ProcessEnv, { variable, value }: { variable: string; value: string }): string =>
  encodeURIComponent(environment[variable] || value);
