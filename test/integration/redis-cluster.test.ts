import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { NO_CAPABILITIES } from '../../lib/protocol/capabilities.ts';
import { openSession } from '../../lib/protocol/session.ts';
import { connectRedis, endedConnections, type RedisClient } from '../../lib/redis/client.ts';
import { freePorts } from '../../localstack/ports.ts';
import { Child } from '../../localstack/processes/child.ts';
import { thisMachine } from '../../localstack/servers/machine.ts';
import { makeCertificate } from '../certificate.ts';
import { event } from '../unit/sync/world.ts';
import { adapters } from './redis.ts';

const PASSWORD = 'a-password-of-the-test';
const LAST_SLOT = 16_383;
const program = thisMachine.find('redis-server');

/** Like the cache of a deployed stage: cluster mode, TLS, a password; two masters with half of the slots each. */
describe.skipIf(program === undefined)('Redis in cluster mode, with TLS and a password', () => {
  const directory = mkdtempSync(join(tmpdir(), 'realtime-sync-cluster-'));
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  const trusted = getCACertificates('default');
  const nodes: Child[] = [];
  const errors: Error[] = [];
  let ports: readonly number[] = [];
  let client: RedisClient;

  const startNode = (port: number, bus: number): Promise<Child> => {
    mkdirSync(join(directory, String(port)));
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

  const ask = async (port: number, ...command: [string, ...string[]]): Promise<unknown> => {
    const node = new Redis({ port, host: '127.0.0.1', password: PASSWORD, tls: {}, retryStrategy: () => 50 });
    node.on('error', () => undefined);
    try {
      return await node.call(...command);
    } finally {
      node.disconnect();
    }
  };

  beforeAll(async () => {
    await makeCertificate(key, certificate, 'IP:127.0.0.1');
    setDefaultCACertificates([...trusted, readFileSync(certificate, 'utf8')]);
    const [first = 0, second = 0, firstBus = 0, secondBus = 0] = await freePorts([0, 0, 0, 0]);
    ports = [first, second];
    nodes.push(await startNode(first, firstBus), await startNode(second, secondBus));
    await ask(first, 'CLUSTER', 'ADDSLOTSRANGE', '0', '8191');
    await ask(second, 'CLUSTER', 'ADDSLOTSRANGE', '8192', String(LAST_SLOT));
    await ask(first, 'CLUSTER', 'MEET', '127.0.0.1', String(second), String(secondBus));
    await vi.waitFor(
      async () => {
        for (const port of ports) expect(String(await ask(port, 'CLUSTER', 'INFO'))).toContain('cluster_state:ok');
      },
      { timeout: 30_000, interval: 200 },
    );
    const url = `rediss://:${PASSWORD}@127.0.0.1:${first}`;
    client = connectRedis({ url, cluster: true }, (error) => void errors.push(error));
  });
  afterAll(async () => {
    client?.disconnect();
    await Promise.all(nodes.map((node) => node.stop(5_000)));
    setDefaultCACertificates([...trusted]);
    rmSync(directory, { recursive: true, force: true });
  });

  it('is reached at every node, with one address', async () => {
    const values = Array.from({ length: 50 }, (_, index) => `value ${index}`);
    await Promise.all(values.map((value, index) => client.set(`test:${index}`, value)));
    expect(await Promise.all(values.map((_, index) => client.get(`test:${index}`)))).toEqual(values);
    const sizes = await Promise.all(ports.map((port) => ask(port, 'DBSIZE')));
    expect(
      sizes.every((size) => Number(size) > 0),
      'both nodes hold some',
    ).toBe(true);
    expect(errors).toEqual([]);
  });

  it('runs the steps of the adapters, each in one slot', async () => {
    const { connections, history } = adapters(client, 'test:');
    await connections.open({
      id: 'c',
      user: 'alice',
      endpoint: 'http://127.0.0.1:1',
      capabilities: NO_CAPABILITIES,
      session: openSession(0),
    });
    await connections.close('c');
    const channels = Array.from({ length: 20 }, (_, index) => `channel:${index}`);
    const recorded = await history.append(channels.map((channel) => event(channel, channel)));
    expect(recorded).toHaveLength(channels.length);
    expect(errors).toEqual([]);
  });

  it('[B-2] tells of a connection that ended, over which an answer may have been lost', async () => {
    const { history } = adapters(client, 'test:');
    const before = endedConnections(client);
    for (const port of ports) await ask(port, 'CLIENT', 'KILL', 'TYPE', 'normal');
    await expect.poll(() => endedConnections(client)).toBeGreaterThan(before);
    await vi.waitFor(() => history.append([event('channel', 'after')]), { timeout: 30_000 });
  });
});
