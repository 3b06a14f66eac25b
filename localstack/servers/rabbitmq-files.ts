import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { MOST_OF_MESSAGE } from '../../lib/config/variables.ts';
import { BACK_END, backEndPermissions } from '../../lib/rabbitmq/back-end.ts';
import { makeOwnDirectory, passwordOf } from './password.ts';

export const USER = 'realtime-sync';

/** Bytes of room on its disk, below which RabbitMQ takes nothing: its default, said so that it is clear why. */
export const DISK_FREE_LIMIT = 50_000_000;

/** Bytes of the log that the quorum queues of a node share. */
const LOG_SIZE = 33_554_432;

const PLUGINS = ['rabbitmq_consistent_hash_exchange'];

export interface RabbitMqPorts {
  readonly amqp: number;
  /** Where Erlang nodes and RabbitMQ's command-line tools talk to it. */
  readonly distribution: number;
  /** The port mapper of Erlang, a private one. */
  readonly epmd: number;
}

const DEFAULT_VIRTUAL_HOST = '/';

/**
 * A server that is given definitions makes no user and no virtual host by itself. It reads them at each start: what was
 * there before stays.
 */
const definitionsOf = (passwords: Passwords, virtualHosts: readonly string[], hearsPrivate: boolean): string => {
  const names = [DEFAULT_VIRTUAL_HOST, ...virtualHosts];
  return JSON.stringify({
    vhosts: names.map((name) => ({ name })),
    users: [
      { name: USER, password: passwords.own, tags: ['administrator'] },
      { name: BACK_END, password: passwords.backEnd, tags: [] },
    ],
    permissions: names.flatMap((vhost) => [
      { user: USER, vhost, configure: '.*', write: '.*', read: '.*' },
      { user: BACK_END, vhost, ...backEndPermissions(hearsPrivate) },
    ]),
  });
};

interface Passwords {
  readonly own: string;
  /** Of the user for back-ends. */
  readonly backEnd: string;
}

/** One node of a cluster whose nodes are all on this machine. */
export interface ClusterMember {
  /** What Erlang calls it, before the `@`. */
  readonly name: string;
  /** The names of all nodes. */
  readonly names: readonly string[];
  /** A directory they share, which is there: it holds the cookie by which they trust one another. */
  readonly home: string;
  /** Of the user that the first node makes for all of them. */
  readonly password: string;
  /** The port of their port mapper, which runs already. */
  readonly epmd: number;
}

const HOST = 'localhost';

const clusterOf = ({ names }: ClusterMember): string[] => [
  'cluster_formation.peer_discovery_backend = classic_config',
  ...names.map((name, n) => `cluster_formation.classic_config.nodes.${n + 1} = ${name}@${HOST}`),
  // As Amazon MQ has it: whoever is left with less than half takes nothing.
  'cluster_partition_handling = pause_minority',
];

/**
 * Writes the configuration of a private RabbitMQ.
 *
 * @param directory - its own; is made if missing.
 * @param ports - what it shall listen on, all on the loopback interface.
 * @param options - `virtualHosts` it has besides its default one; `member`: which node of a cluster it is, if it is one;
 *   `home`: where Erlang keeps what only its owner may read, its own directory where nothing is said; `maxMessageSize`:
 *   bytes of a message that it takes; `hearsPrivate`: whether back-ends may hear private events.
 * @returns the environment that makes RabbitMQ read this configuration, and nothing of a RabbitMQ that is installed as
 *   a service; and the passwords of its users. A node of a cluster has none for back-ends.
 */
export const prepareRabbitMq = (
  directory: string,
  ports: RabbitMqPorts,
  {
    virtualHosts = [],
    member,
    home = member?.home ?? directory,
    maxMessageSize = MOST_OF_MESSAGE,
    hearsPrivate = false,
  }: {
    readonly virtualHosts?: readonly string[];
    readonly member?: ClusterMember;
    readonly home?: string;
    readonly maxMessageSize?: number;
    readonly hearsPrivate?: boolean;
  } = {},
): { readonly environment: NodeJS.ProcessEnv; readonly passwords: Passwords } => {
  makeOwnDirectory(directory);
  const password = member?.password ?? passwordOf(directory, 'password');
  const passwords = { own: password, backEnd: passwordOf(directory, 'back-end-password') };
  const configuration = join(directory, 'rabbitmq.conf');
  const definitions = join(directory, 'definitions.json');
  const isDefined = member === undefined;
  if (isDefined) writeFileSync(definitions, definitionsOf(passwords, virtualHosts, hearsPrivate), { mode: 0o600 });
  writeFileSync(
    configuration,
    [
      `listeners.tcp.local = 127.0.0.1:${ports.amqp}`,
      `default_user = ${USER}`,
      `default_pass = ${password}`,
      'log.console = true',
      'log.console.level = info',
      'log.file = false',
      `disk_free_limit.absolute = ${DISK_FREE_LIMIT}`,
      // What quorum queues took is held in memory until this log is full: 512 MB unless told otherwise.
      `raft.wal_max_size_bytes = ${LOG_SIZE}`,
      // As a deployed broker has it: what is larger could not be fanned out there.
      `max_message_size = ${maxMessageSize}`,
      ...(member === undefined ? [] : clusterOf(member)),
      '',
    ].join('\n'),
    { mode: 0o600 },
  );
  const advanced = join(directory, 'advanced.config');
  // In rabbitmq.conf a path ends at a `#`. Here it is its bytes, which Erlang takes as they are, whatever the language.
  writeFileSync(
    advanced,
    isDefined ? `[{rabbit, [{load_definitions, <<${[...Buffer.from(definitions)]}>>}]}].\n` : '[].\n',
  );
  const plugins = join(directory, 'enabled_plugins');
  writeFileSync(plugins, `[${PLUGINS.join(',')}].\n`);
  const nothing = join(directory, 'none');
  return {
    passwords,
    environment: {
      PATH: process.env['PATH'],
      LANG: 'C.UTF-8',
      // The cookie by which Erlang nodes trust one another lies in the home directory.
      HOME: home,
      RABBITMQ_NODENAME: `${member?.name ?? 'realtime-sync'}@${HOST}`,
      RABBITMQ_MNESIA_BASE: join(directory, 'data'),
      RABBITMQ_LOG_BASE: join(directory, 'log'),
      RABBITMQ_LOGS: '-',
      RABBITMQ_ENABLED_PLUGINS_FILE: plugins,
      RABBITMQ_CONFIG_FILE: configuration,
      RABBITMQ_CONFIG_FILES: nothing,
      RABBITMQ_ADVANCED_CONFIG_FILE: advanced,
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
      RABBITMQ_DIST_PORT: String(ports.distribution),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
      ERL_EPMD_PORT: String(ports.epmd),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      // The start script then becomes the server, instead of staying as its parent to translate signals.
      RUNNING_UNDER_SYSTEMD: 'true',
    },
  };
};
