import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Redis } from 'ioredis';
import { expect, vi } from 'vitest';
import { freePorts } from '../../localstack/ports.ts';
import { Child } from '../../localstack/processes/child.ts';
import { thisMachine } from '../../localstack/servers/machine.ts';
import { makeCertificate } from '../certificate.ts';

const PASSWORD = 'a-password-of-the-test';
const LAST_SLOT = 16_383;
const program = thisMachine.find('redis-server');

/** Whether this machine has what a cluster is made of. */
export const hasRedis = program !== undefined;

export interface RedisCluster {
  /** Address of one node. */
  readonly url: string;
  readonly ports: readonly number[];
  /** Sends a command to one node. */
  ask(port: number, ...command: [string, ...string[]]): Promise<unknown>;
  /** Kills a node and starts it again. It has forgotten its keys, not its slots. */
  restart(port: number): Promise<void>;
  stop(): Promise<void>;
}

const ask = async (port: number, ...command: [string, ...string[]]): Promise<unknown> => {
  const node = new Redis({ port, host: '127.0.0.1', password: PASSWORD, tls: {}, retryStrategy: () => 50 });
  node.on('error', () => undefined);
  try {
    return await node.call(...command);
  } finally {
    node.disconnect();
  }
};

/** Like the cache of a deployed stage: cluster mode, TLS, a password; two masters with half of the slots each. */
export const startRedisCluster = async (): Promise<RedisCluster> => {
  const directory = mkdtempSync(join(tmpdir(), 'realtime-sync-cluster-'));
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  const trusted = getCACertificates('default');
  const nodes = new Map<number, Child>();

  const startNode = (port: number, bus: number): Promise<Child> => {
    mkdirSync(join(directory, String(port)), { recursive: true });
    const settings = {
      port: 0,
      'tls-port': port,
      'tls-cluster': 'yes',
      'tls-cert-file': certificate,
      'tls-key-file': key,
      'tls-ca-cert-file': certificate,
      'tls-auth-clients': 'no',
      bind: '127.0.0.1',
      dir: join(directory, String(port)),
      'cluster-enabled': 'yes',
      'cluster-port': bus,
      'cluster-announce-ip': '127.0.0.1',
      requirepass: PASSWORD,
      save: "''",
    };
    return Child.start({
      name: `Redis at ${port}`,
      command: program as string,
      args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
      environment: { ...process.env },
      directory,
      output: () => {},
    });
  };

  await makeCertificate(key, certificate, 'IP:127.0.0.1');
  setDefaultCACertificates([...trusted, readFileSync(certificate, 'utf8')]);
  const [first = 0, second = 0, firstBus = 0, secondBus = 0] = await freePorts([0, 0, 0, 0]);
  const buses = new Map([
    [first, firstBus],
    [second, secondBus],
  ]);
  const ports = [...buses.keys()];
  for (const [port, bus] of buses) nodes.set(port, await startNode(port, bus));
  await ask(first, 'CLUSTER', 'ADDSLOTSRANGE', '0', '8191');
  await ask(second, 'CLUSTER', 'ADDSLOTSRANGE', '8192', String(LAST_SLOT));
  await ask(first, 'CLUSTER', 'MEET', '127.0.0.1', String(second), String(secondBus));
  const untilWhole = (): Promise<void> =>
    vi.waitFor(
      async () => {
        for (const port of ports) expect(String(await ask(port, 'CLUSTER', 'INFO'))).toContain('cluster_state:ok');
      },
      { timeout: 30_000, interval: 200 },
    );
  await untilWhole();
  return {
    url: `rediss://:${PASSWORD}@127.0.0.1:${first}`,
    ports,
    ask,
    restart: async (port) => {
      nodes.get(port)?.signal('SIGKILL');
      await nodes.get(port)?.exited;
      nodes.set(port, await startNode(port, buses.get(port) ?? 0));
      await untilWhole();
    },
    stop: async () => {
      await Promise.all([...nodes.values()].map((node) => node.stop(5_000)));
      setDefaultCACertificates([...trusted]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
