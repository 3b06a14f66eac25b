import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { unchanging } from '../../lib/ports/rotating.ts';
import { NO_CAPABILITIES } from '../../lib/protocol/capabilities.ts';
import { openSession } from '../../lib/protocol/session.ts';
import { connectRedis, type RedisClient } from '../../lib/redis/client.ts';
import { keysUnder } from '../../lib/redis/keys.ts';
import { RedisRateLimiter } from '../../lib/redis/rate-limiter.ts';
import { LIMITS } from '../contracts/rate-limiter.contract.ts';
import { event } from '../unit/sync/world.ts';
import { adapters } from './redis.ts';
import { hasRedis, type RedisCluster, startRedisCluster } from './redis-cluster.ts';

describe.skipIf(!hasRedis)('Redis in cluster mode, with TLS and a password', () => {
  const errors: Error[] = [];
  let cluster: RedisCluster;
  let client: RedisClient;

  beforeAll(async () => {
    cluster = await startRedisCluster();
    client = connectRedis({ url: cluster.url, cluster: true }, (error) => void errors.push(error));
  });
  afterAll(async () => {
    client?.disconnect();
    await cluster?.stop();
  });

  it('is reached at every node, with one address', async () => {
    const values = Array.from({ length: 50 }, (_, index) => `value ${index}`);
    await Promise.all(values.map((value, index) => client.set(`test:${index}`, value)));
    expect(await Promise.all(values.map((_, index) => client.get(`test:${index}`)))).toEqual(values);
    const sizes = await Promise.all(cluster.ports.map((port) => cluster.ask(port, 'DBSIZE')));
    expect(
      sizes.every((size) => Number(size) > 0),
      'both nodes hold some',
    ).toBe(true);
    expect(errors).toEqual([]);
  });

  it('is spoken to by the password that holds, once the one before was refused', async () => {
    const withPassword = (password: string): string => cluster.url.replace(/:[^:@]*@/, `:${password}@`);
    const setPassword = (how: string) =>
      Promise.all(cluster.ports.map((port) => cluster.ask(port, 'ACL', 'SETUSER', 'other', 'on', how, '~*', '+@all')));
    const ofOther = (password: string) => withPassword(password).replace('//:', '//other:');
    await setPassword('>first');
    let latest = ofOther('first');
    const renewed = async () => {
      latest = ofOther('second');
      return latest;
    };
    const url = {
      ...unchanging(latest),
      get latest() {
        return latest;
      },
      current: async () => latest,
      renewed,
    };
    const other = connectRedis({ url, cluster: true }, () => undefined);
    onTestFinished(() => other.disconnect());
    const all = () => Promise.all(Array.from({ length: 20 }, (_, i) => other.get(`test:${i}`).then(() => 'answered')));
    expect(await all()).toContain('answered');
    await setPassword('>second');
    await setPassword('<first');
    await Promise.all(cluster.ports.map((port) => cluster.ask(port, 'CLIENT', 'KILL', 'USER', 'other')));
    await expect.poll(() => all().catch((error: Error) => [error.message])).toContain('answered');
    expect(latest).toBe(ofOther('second'));
  });

  it('runs the steps of the adapters, each in one slot', async () => {
    const { directory, history } = adapters(client, 'test:');
    await directory.open({
      id: 'c',
      user: 'alice',
      endpoint: 'http://127.0.0.1:1',
      capabilities: NO_CAPABILITIES,
      session: openSession(0),
    });
    await directory.close('c');
    const channels = Array.from({ length: 20 }, (_, index) => `channel:${index}`);
    const recorded = await history.append(channels.map((channel) => event(channel, channel)));
    expect(recorded).toHaveLength(channels.length);
    expect(errors).toEqual([]);
  });

  it('holds one connection to each node, whatever it is asked', async () => {
    const open = (): Promise<number[]> =>
      Promise.all(
        cluster.ports.map(async (port) => {
          const clients = String(await cluster.ask(port, 'CLIENT', 'LIST', 'TYPE', 'normal'))
            .trim()
            .split('\n');
          // Without the one that asks.
          return clients.filter((line) => !line.includes('cmd=client')).length;
        }),
      );
    const before = await open();
    const another = connectRedis({ url: cluster.url, cluster: true }, (error) => void errors.push(error));
    try {
      const { history } = adapters(another, 'counted:');
      const channels = Array.from({ length: 200 }, (_, index) => `channel:${index}`);
      await Promise.all(channels.map((channel) => history.append([event(channel, channel)])));
      // What asked a node which slots there are goes by itself.
      await expect.poll(open).toEqual(before.map((count) => count + 1));
    } finally {
      another.disconnect();
    }
    expect(errors).toEqual([]);
  });

  it('answers every command, or says that it cannot, whatever becomes of connections and nodes', async () => {
    const keys = keysUnder('restarted:');
    const limiter = new RedisRateLimiter(client, keys, LIMITS, () => undefined);
    let asked = 0;
    let open = 0;
    const follow = (command: Promise<unknown>): void => {
      asked++;
      open++;
      command.then(
        () => open--,
        () => open--,
      );
    };
    const { history } = adapters(client, 'restarted:');
    const asking = setInterval(() => {
      for (let i = 0; i < 10; i++) {
        follow(limiter.take({ connection: `${asked}`, user: `${asked}`, messages: new Map([['ping', 1]]) }));
        // Refused, which writes by another way.
        follow(limiter.take({ connection: `${asked}`, user: `${asked}`, messages: new Map([['ping', 1_000_000]]) }));
        follow(client.set(`restarted:${asked}`, asked, 'PX', 60_000));
        follow(history.positions([`a:${asked}`, `b:${asked}`]));
      }
    }, 5);
    try {
      for (const port of cluster.ports) {
        for (let i = 0; i < 20; i++) {
          await cluster.ask(port, 'CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
          await pause(20);
        }
        await cluster.restart(port);
      }
    } finally {
      clearInterval(asking);
    }
    expect(asked).toBeGreaterThan(1_000);
    await expect.poll(() => open, { timeout: 20_000 }).toBe(0);
    await expect.poll(() => Promise.all([1, 2, 3, 4].map((n) => client.set(`restarted:${n}`, n)))).toHaveLength(4);
  });
});
