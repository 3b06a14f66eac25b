import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { expect, inject, it, onTestFinished } from 'vitest';
import type { Rotating } from '../../lib/ports/rotating.ts';
import { connectTo } from '../../lib/rabbitmq/connect.ts';
import { Publisher } from '../../lib/rabbitmq/publisher.ts';
import { QueueObserver } from '../../lib/rabbitmq/queues.ts';
import { declareTopology, topologyOf } from '../../lib/rabbitmq/topology.ts';
import { connectRedis } from '../../lib/redis/client.ts';

/** An address whose password is another one, which is found out by who was refused. */
const exchanged = (before: string, after: () => string): Rotating<string> & { readonly asked: number } => {
  let latest = before;
  let asked = 0;
  return {
    get latest() {
      return latest;
    },
    get asked() {
      return asked;
    },
    current: async () => latest,
    renewed: async () => {
      asked += 1;
      latest = after();
      return latest;
    },
    previous: async () => undefined,
  };
};

const withPassword = (address: string, password: string, user?: string): string => {
  const url = new URL(address);
  url.password = password;
  if (user !== undefined) url.username = user;
  return url.href;
};

it('Redis is spoken to by the password that holds, once the one before was refused', async () => {
  const user = `user-${randomUUID()}`;
  const administrator = new Redis(inject('redisUrl'));
  onTestFinished(async () => {
    await administrator.call('ACL', 'DELUSER', user);
    administrator.disconnect();
  });
  await administrator.call('ACL', 'SETUSER', user, 'on', '>first', '~*', '+@all');
  let password = 'first';
  const url = exchanged(withPassword(inject('redisUrl'), 'first', user), () =>
    withPassword(inject('redisUrl'), password, user),
  );
  const client = connectRedis({ url, cluster: false }, () => undefined);
  onTestFinished(() => client.disconnect());
  expect(await client.ping()).toBe('PONG');

  password = 'second';
  await administrator.call('ACL', 'SETUSER', user, '<first', '>second');
  await administrator.call('CLIENT', 'KILL', 'USER', user);
  await expect.poll(() => client.ping().catch((error: Error) => error.message)).toBe('PONG');
  expect(url.asked).toBeGreaterThan(0);
});

it('RabbitMQ is spoken to by the password that holds, within the publish that found the one before refused', async () => {
  const right = inject('rabbitmqUrl');
  const topology = topologyOf({ shards: 1, generation: 908 });
  const connection = await connectTo(right, {});
  const channel = await connection.createChannel();
  await declareTopology(channel, topology);
  onTestFinished(async () => {
    for (const queue of topology.shards) await channel.deleteQueue(queue);
    await channel.deleteExchange(topology.exchange);
    await connection.close();
  });
  const url = exchanged(withPassword(right, 'exchanged'), () => right);
  const publisher = new Publisher(url, () => undefined);
  onTestFinished(() => publisher.end());
  await publisher.publish(topology.exchange, '', Buffer.from('1'), { headers: { channel: 'a' }, messageId: 'a' });
  const observer = new QueueObserver(exchanged(withPassword(right, 'exchanged'), () => right));
  onTestFinished(() => observer.end());
  await expect.poll(() => observer.look(topology.shards, 20_000)).toEqual([expect.objectContaining({ depth: 1 })]);
  expect(url.asked).toBe(1);
});

it('a password that is wrong, and is not exchanged, is refused as it is', async () => {
  const wrong = withPassword(inject('rabbitmqUrl'), 'wrong');
  await expect(
    connectTo(
      exchanged(wrong, () => wrong),
      {},
    ),
  ).rejects.toThrow(/ACCESS.REFUSED/);
});
