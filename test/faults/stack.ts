import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SERVERS } from '../../localstack/servers/kinds.ts';
import { startRabbitMq } from '../../localstack/servers/rabbitmq.ts';
import { startRedis } from '../../localstack/servers/redis.ts';
import type { OwnServer } from '../../localstack/servers/server.ts';
import type { StrictSettings } from '../../localstack/strict/settings.ts';
import { type RunningEmulator, startEmulator } from '../e2e/emulator.ts';
import { programFor } from '../programs.ts';
import { replicate } from './failover.ts';
import { FanOut } from './fan-out.ts';
import type { Stack, StackKind } from './fault.ts';
import { startBrokerCluster } from './rabbitmq-cluster.ts';
import { RedisClock } from './redis-clock.ts';
import { startCluster } from './redis-cluster.ts';
import { portOf, TcpProxy, through } from './tcp-proxy.ts';
import { startWayOut, stepping } from './way-out.ts';

export interface StackOptions {
  /** How the gateway in front misbehaves; false for none in front of the emulator’s. */
  readonly strict?: Partial<StrictSettings> | false;
  /** Further settings of the service; they win over everything. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Every second `$disconnect` is lost, and messages overtake each other. */
const CLUMSY: Partial<StrictSettings> = { reorder: 2, lostDisconnects: 0.5 };

/** Milliseconds from a queue’s declaration until its node may be killed; see `OwnServer.kill`. */
const QUEUES_WRITTEN = 3_000;

/**
 * A start script that lets a server outlive a file that may not grow: it is told so, instead of being killed.
 *
 * @param environment - further variables of the server.
 */
const surviving = (directory: string, program: string, environment: Readonly<Record<string, string>>): string => {
  const script = path.join(directory, 'start');
  const variables = Object.entries(environment).map(([name, value]) => `export ${name}="${value}"\n`);
  writeFileSync(script, `#!/bin/sh\ntrap '' XFSZ\n${variables.join('')}exec "${program}" "$@"\n`, { mode: 0o755 });
  return script;
};

/** The program itself, installed where it is missing: what a container runs cannot be frozen or starved from here. */
const programOf = (kind: 'redis' | 'rabbitmq'): Promise<string> => {
  const server = SERVERS[kind];
  return programFor([server.program], server, server.directories);
};

/**
 * Starts everything: real servers, the emulator, behind a strict gateway that is clumsy unless told otherwise, and the
 * fan-out by itself.
 */
export const startStack = async (
  kind: StackKind = 'single nodes',
  { strict = CLUMSY, env = {} }: StackOptions = {},
): Promise<Stack> => {
  const directory = mkdtempSync(path.join(tmpdir(), 'realtime-sync-faults-'));
  const ended: (() => Promise<void>)[] = [async () => rmSync(directory, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const end of ended.toReversed()) await end();
  };
  const owned = <T extends { stop(): Promise<void> }>(started: T): T => {
    ended.push(() => started.stop());
    return started;
  };
  try {
    const place = { preferredPort: 0, report: () => undefined };
    const redisClock = kind === 'clock of redis' ? await RedisClock.in(directory) : undefined;
    const redisProgram = surviving(directory, await programOf('redis'), redisClock?.environment ?? {});
    let instances = 0;
    const startOwnRedis = (settings: Readonly<Record<string, string>> = {}): Promise<OwnServer> =>
      startRedis({
        ...place,
        program: redisProgram,
        open: true,
        directory: path.join(directory, `redis-${++instances}`),
        // What was answered is on the disk: this is what the promises ask of Redis.
        settings: { appendfsync: 'always', ...settings },
      });
    const startOneRedis = async (settings: Readonly<Record<string, string>>): Promise<OwnServer> =>
      owned(await startOwnRedis(settings));
    const broker = { program: await programOf('rabbitmq'), directory: path.join(directory, 'rabbitmq') };
    const [masters, cluster] = await Promise.all([
      kind === 'redis cluster' ? startCluster(startOneRedis) : startOneRedis({}).then((only) => [only]),
      kind === 'rabbitmq cluster' ? startBrokerCluster(broker.program, broker.directory).then(owned) : undefined,
    ]);
    const redis = masters[0] as OwnServer;
    const rabbitmq = cluster?.nodes[0] ?? owned(await startRabbitMq({ ...place, ...broker }));
    await Promise.all([redis.ready(), rabbitmq.ready()]);
    const redisProxy = owned(await TcpProxy.start(portOf(redis.url)));
    const rabbitmqProxy = owned(await TcpProxy.start(portOf(rabbitmq.url)));
    const startReplica = async (of: number): Promise<OwnServer> => {
      const replica = owned(await startOwnRedis());
      await replica.ready();
      // Said to it and not set, so that it stays what it has become when it is started again.
      await replicate(replica.url, of);
      return replica;
    };
    const servers = { masters, redis, redisClock, rabbitmq, broker: cluster, startReplica };
    const stack = await compose({ kind, strict, env, ...servers, redisProxy, rabbitmqProxy, owned, stop });
    await pause(QUEUES_WRITTEN);
    return stack;
  } catch (error) {
    await stop();
    throw error;
  }
};

const compose = async ({
  kind,
  strict,
  env,
  owned,
  ...servers
}: Omit<Stack, 'listenersProxy' | 'emulator' | 'fanOut' | 'wayOut' | 'startInstance'> &
  Required<StackOptions> & {
    readonly kind: StackKind;
    readonly owned: <T extends { stop(): Promise<void> }>(started: T) => T;
  }): Promise<Stack> => {
  const { redis, rabbitmq, redisProxy, rabbitmqProxy } = servers;
  const isCluster = kind === 'redis cluster';
  // The nodes of a cluster name each other, past any proxy.
  const redisUrl = isCluster ? redis.url : through(redis.url, redisProxy);
  const rabbitmqUrl = through(rabbitmq.url, rabbitmqProxy);
  let fanOut: FanOut | undefined;
  const isWayOut = kind === 'way out';
  const onTheWayOut = isWayOut ? await stepping({ redisUrl: redis.url, rabbitmqUrl: rabbitmq.url, owned }) : undefined;
  let settings: NodeJS.ProcessEnv = {};
  const options = {
    redisUrl,
    rabbitmqUrl,
    env: {
      RABBITMQ_OFFLINE_EXCEPT: 'fanout',
      LOG_LEVEL: 'fatal',
      WS_HEARTBEAT_INTERVAL: '1000',
      REDIS_CLUSTER: String(isCluster),
      ...env,
    },
  };
  const emulator = owned(
    await startEmulator({
      ...options,
      strict,
      // Health asks for a consumer of every shard.
      beside: async (environment) => {
        settings = { ...environment, LOG_LEVEL: 'error' };
        fanOut = owned(new FanOut({ ...settings, ...onTheWayOut?.fanOut.environment }));
        await fanOut.start();
      },
    }),
  );
  const startInstance = async (changes: Readonly<Record<string, string>> = {}): Promise<RunningEmulator> =>
    owned(await startEmulator({ ...options, env: { ...options.env, ...changes }, strict: false }));
  const listenersProxy = owned(await TcpProxy.start(portOf(emulator.websocketUrl)));
  const whole = { ...servers, listenersProxy, emulator, fanOut: fanOut as FanOut, startInstance };
  if (onTheWayOut === undefined) return { ...whole, wayOut: undefined };
  const wayOut = await startWayOut(onTheWayOut, whole.fanOut, settings, rabbitmq.url, owned);
  return { ...whole, wayOut };
};
