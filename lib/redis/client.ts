import { readFileSync } from 'node:fs';
import { Cluster, type Command, Redis } from 'ioredis';
import { DependencyAway, Refused } from '../ports/dependency.ts';
import type { Rotating } from '../ports/rotating.ts';
import { coalesceWrites } from './coalesce.ts';
import { countGenerations } from './generation.ts';

type Argument = string | number | Buffer;

/** The atomic steps, each a Lua file of the same name; see there for keys, arguments and answers. */
interface Scripts {
  append(...keysAndArguments: Argument[]): Promise<(string | number | null)[]>;
  fence(...keysAndArguments: Argument[]): Promise<(string | number | null)[]>;
  claim(
    ...keysAndArguments: Argument[]
  ): Promise<[fence: string, unknown: string, set: string, histories: string, upTo: string]>;
  begin(...keysAndArguments: Argument[]): Promise<number>;
  advance(...keysAndArguments: Argument[]): Promise<number>;
  finish(...keysAndArguments: Argument[]): Promise<string | null>;
  position(...keysAndArguments: Argument[]): Promise<[epoch: string, offset: string, exists: 0 | 1]>;
  /** Bytes as they are: `Buffer` is the client’s own suffix for that. */
  readBuffer(keys: number, ...keysAndArguments: Argument[]): Promise<(Buffer | number)[][]>;
  subscribe(
    ...keysAndArguments: Argument[]
  ): Promise<['', version: string, capabilities: string, ...added: string[]] | ['too-many' | 'other-session']>;
  unsubscribe(...keysAndArguments: Argument[]): Promise<[version: string, ...isLeaving: number[]]>;
  settle(...keysAndArguments: Argument[]): Promise<number[]>;
  confirm(...keysAndArguments: Argument[]): Promise<[isClosed: number, ...isToBeEntered: number[]]>;
  held(...keysAndArguments: Argument[]): Promise<[version: string, ...texts: string[]]>;
  declare(...keysAndArguments: Argument[]): Promise<[version: string, ...texts: string[]]>;
  declared(...keysAndArguments: Argument[]): Promise<number>;
  renew(
    ...keysAndArguments: Argument[]
  ): Promise<['renewed', version: string, isNew: number] | ['changed' | 'other-session']>;
  open(...keysAndArguments: Argument[]): Promise<number>;
  because(...keysAndArguments: Argument[]): Promise<number>;
  opened(...keysAndArguments: Argument[]): Promise<number>;
  foresee(...keysAndArguments: Argument[]): Promise<number>;
  untold(...keysAndArguments: Argument[]): Promise<string[]>;
  overlook(...keysAndArguments: Argument[]): Promise<number>;
  listen(...keysAndArguments: Argument[]): Promise<number>;
  unlisten(...keysAndArguments: Argument[]): Promise<number>;
  move(...keysAndArguments: Argument[]): Promise<number>;
  register(...keysAndArguments: Argument[]): Promise<number>;
  unregister(...keysAndArguments: Argument[]): Promise<number>;
  changes(...keysAndArguments: Argument[]): Promise<string[]>;
  enlist(...keysAndArguments: Argument[]): Promise<[added: number, dropped: number]>;
  count(...keysAndArguments: Argument[]): Promise<number>;
  revoke(...keysAndArguments: Argument[]): Promise<number>;
  assemble(...keysAndArguments: Argument[]): Promise<string[]>;
  redeem(...keysAndArguments: Argument[]): Promise<string | null>;
  delist(...keysAndArguments: Argument[]): Promise<number>;
  depart(...keysAndArguments: Argument[]): Promise<number>;
  report(...keysAndArguments: Argument[]): Promise<number>;
  vacate(...keysAndArguments: Argument[]): Promise<number>;
  arrive(...keysAndArguments: Argument[]): Promise<number>;
  leave(...keysAndArguments: Argument[]): Promise<[version: string, user: string, ...texts: string[]]>;
  activate(...keysAndArguments: Argument[]): Promise<null>;
  keep(...keysAndArguments: Argument[]): Promise<number>;
  learn(...keysAndArguments: Argument[]): Promise<null>;
  named(...keysAndArguments: Argument[]): Promise<['unlearnt' | 'few'] | ['names', end: string, ...names: string[]]>;
  store(...keysAndArguments: Argument[]): Promise<number>;
  fill(...keysAndArguments: Argument[]): Promise<number>;
  limited(...keysAndArguments: Argument[]): Promise<number>;
  pend(...keysAndArguments: Argument[]): Promise<null>;
  relieve(...keysAndArguments: Argument[]): Promise<string>;
  pending(...keysAndArguments: Argument[]): Promise<string[] | null>;
  postpone(...keysAndArguments: Argument[]): Promise<number>;
  pursue(...keysAndArguments: Argument[]): Promise<[fence: string] | [] | [epoch: string, announced: string]>;
  announced(...keysAndArguments: Argument[]): Promise<number>;
  clear(...keysAndArguments: Argument[]): Promise<number>;
  age(...keysAndArguments: Argument[]): Promise<number>;
  appoint(...keysAndArguments: Argument[]): Promise<number>;
  dismiss(...keysAndArguments: Argument[]): Promise<number>;
  place(...keysAndArguments: Argument[]): Promise<number>;
  lend(
    ...keysAndArguments: Argument[]
  ): Promise<[] | [remaining: number] | [fence: string, patterns: string, cursor: string]>;
  offer(...keysAndArguments: Argument[]): Promise<number>;
  acknowledge(...keysAndArguments: Argument[]): Promise<number>;
  release(...keysAndArguments: Argument[]): Promise<number>;
  share(...keysAndArguments: Argument[]): Promise<[isUsedUp: 0 | 1, sent: number, left: number, users: number]>;
}

/** How many keys each step takes; null where its caller says it. */
const STEPS: Readonly<Record<string, number | null>> = {
  append: null,
  fence: 1,
  claim: 2,
  begin: 1,
  advance: 1,
  finish: 2,
  position: 2,
  read: null,
  subscribe: null,
  confirm: 4,
  unsubscribe: null,
  settle: 3,
  held: 3,
  declare: 2,
  declared: 1,
  renew: null,
  open: 1,
  because: 1,
  opened: 2,
  foresee: 2,
  untold: 2,
  overlook: 2,
  listen: null,
  unlisten: null,
  move: 1,
  register: 4,
  unregister: 5,
  changes: 2,
  arrive: null,
  depart: 2,
  report: null,
  vacate: 3,
  leave: null,
  revoke: null,
  activate: 3,
  learn: 3,
  named: 3,
  share: 2,
  store: 1,
  fill: 1,
  limited: 2,
  pend: 3,
  relieve: 1,
  pending: 3,
  postpone: 2,
  pursue: 1,
  announced: 1,
  clear: 3,
  age: 1,
  appoint: 2,
  dismiss: 2,
  place: 2,
  lend: 2,
  offer: 2,
  acknowledge: 2,
  release: 2,
  keep: 3,
  enlist: 1,
  count: 2,
  assemble: 3,
  redeem: 2,
  delist: 1,
};

/** What stands before some steps, in a file of its own. */
const SHARED: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...['subscribe', 'unsubscribe', 'renew', 'leave', 'opened'].map((name) => [name, ['version', 'tell']] as const),
  ['declare', ['version']],
  ...['listen', 'unlisten'].map((name) => [name, ['standing', 'tell', 'occupancy']] as const),
  ...['arrive', 'depart', 'vacate'].map((name) => [name, ['tell', 'occupancy']] as const),
  ...['revoke', 'report'].map((name) => [name, ['tell']] as const),
  ['append', ['foretell', 'numbered']],
  ...['position', 'read'].map((name) => [name, ['foretell']] as const),
  ...['activate', 'learn', 'named'].map((name) => [name, ['sortable']] as const),
  ...['appoint', 'place', 'lend', 'offer', 'acknowledge', 'release'].map((name) => [name, ['used']] as const),
]);

const luaOf = (name: string): string => readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8');

const scripts = (): Record<string, { lua: string; numberOfKeys?: number }> =>
  Object.fromEntries(
    Object.entries(STEPS).map(([name, numberOfKeys]) => {
      const lua = [...(SHARED.get(name) ?? []), name].map(luaOf).join('');
      return [name, numberOfKeys === null ? { lua } : { lua, numberOfKeys }];
    }),
  );

export type RedisClient = (Redis | Cluster) & Scripts;

export interface RedisSettings {
  /** `redis://` or `rediss://` address; in cluster mode that of any node. Its password may be exchanged. */
  readonly url: string | Rotating<string>;
  readonly cluster: boolean;
}

/** Milliseconds a command may take before its caller is told that Redis is away. */
const COMMAND_TIMEOUT = 3_000;

/**
 * Milliseconds without any answer after which a connection counts as gone without a word, as after a function was frozen
 * for long. It is replaced then, and what was asked is asked again, within the command’s own time.
 */
const SILENCE = 1_200;

const reconnectDelay = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 5), 1_000);

const credentialsIn = (address: string) => {
  const { username, password } = new URL(address);
  return {
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  };
};

/** What an address says that is true of every node of a cluster: those found later have only a host and a port. */
const sharedByNodes = (address: string) => ({
  ...(new URL(address).protocol === 'rediss:' ? { tls: {} } : {}),
  ...credentialsIn(address),
});

/** By these a server says that a connection’s credentials are not, or no longer, those it knows. */
const BAD_CREDENTIALS = /^(?:WRONGPASS|NOAUTH)\b/;

/** Has connections begin with the credentials that hold, once those they had were refused or have become old. */
const keepCredentials = (client: Redis | Cluster, address: Rotating<string>): void => {
  const nodes = (): readonly Redis[] => (client instanceof Redis ? [client] : client.nodes());
  const take = (url: string): void => {
    for (const node of nodes()) Object.assign(node.options, credentialsIn(url));
  };
  const check = (): unknown => address.current().then(take);
  const renew = ({ message }: Error): void => {
    if (BAD_CREDENTIALS.test(message)) void address.renewed().then(take);
  };
  if (client instanceof Redis) {
    client.on('error', renew).on('close', check);
    return;
  }
  // A cluster’s client asks for the slots by connections that it does not tell of; of their errors it does.
  client.on('node error', renew).on('-node', check);
  // It connects to a node only once it has told of it.
  client.on('+node', (node: Redis) => Object.assign(node.options, credentialsIn(address.latest)));
};

/** A cluster’s client that bounds also the time in which a command waits for a node to be sent to. */
class PatientCluster extends Cluster {
  override sendCommand(command: Command, ...rest: [stream?: never, node?: never]): unknown {
    command.setTimeout(COMMAND_TIMEOUT);
    return super.sendCommand(command, ...rest);
  }
}

const OPTIONS = {
  commandTimeout: COMMAND_TIMEOUT,
  connectTimeout: COMMAND_TIMEOUT,
  socketTimeout: SILENCE,
  maxRetriesPerRequest: 2,
  // A replica promoted under us answers READONLY on the old socket: reconnect, and send the command again.
  reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? (2 as const) : false),
};

const connectNode = (url: string): Redis => {
  const node = new Redis(url, { ...OPTIONS, retryStrategy: reconnectDelay, scripts: scripts() });
  node.on('connect', () => coalesceWrites(node.stream));
  countGenerations(node, 'close');
  return node;
};

const connectCluster = (url: string): Cluster => {
  const cluster = new PatientCluster([url], {
    // In a cluster it is the cluster client that decides when to connect again.
    redisOptions: { ...OPTIONS, ...sharedByNodes(url) },
    // A node goes by the name it gives itself, which is what its certificate says.
    dnsLookup: (address, callback) => callback(null, address),
    clusterRetryStrategy: reconnectDelay,
    scripts: scripts(),
  });
  cluster.on('+node', (node: Redis) => node.on('connect', () => coalesceWrites(node.stream)));
  countGenerations(cluster, '-node');
  return cluster;
};

/**
 * Opens a connection, in the background: commands wait for it, up to the command timeout. Commands of one tick travel
 * in one round trip per node.
 *
 * They are not put into pipelines of ioredis: where the connection of one ends, or some of its slots have moved, it gives
 * up some of its commands and loses others. A command by itself is sent again, also where it may have been carried out:
 * every step is answered the same when it comes twice.
 *
 * @param onError - told of every connection error; the client reconnects by itself.
 */
export const connectRedis = ({ url, cluster }: RedisSettings, onError: (error: Error) => void): RedisClient => {
  const latest = typeof url === 'string' ? url : url.latest;
  const client = cluster ? connectCluster(latest) : connectNode(latest);
  if (typeof url !== 'string') keepCredentials(client, url);
  client.on('error', onError);
  // The steps are defined by name at run time, which the client’s own type cannot say.
  return client as RedisClient;
};

/**
 * First words of replies by which a server says that it cannot serve anyone now, or not this client: while it loads or
 * is full, a replica or a cluster without a master, a disk that takes nothing, credentials that are wrong.
 */
const NOT_NOW =
  /\b(BUSY|CLUSTERDOWN|LOADING|MASTERDOWN|MISCONF|MOVED|ASK|TRYAGAIN|CROSSSLOT|NOAUTH|NOPERM|NOREPLICAS|NOSCRIPT|OOM|READONLY|UNKILLABLE|WRONGPASS)\b/;

const isRefusal = (cause: unknown): boolean =>
  cause instanceof Error && cause.name === 'ReplyError' && !NOT_NOW.test(cause.message);

/**
 * Runs a step and turns every failure of Redis into one the domain knows.
 *
 * @throws DependencyAway with the failure as its cause; Refused where the server answered that it will not do this.
 */
export const orAway = async <T>(step: Promise<T>): Promise<T> => {
  try {
    return await step;
  } catch (cause) {
    throw isRefusal(cause) ? new Refused('redis', cause) : new DependencyAway('redis', cause);
  }
};
