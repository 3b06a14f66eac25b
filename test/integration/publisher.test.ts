import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import amqp from 'amqplib';
import { expect, inject, it, onTestFinished } from 'vitest';
import { MOST_OF_MESSAGE } from '../../lib/config/variables.ts';
import { TooLarge } from '../../lib/ports/dependency.ts';
import { Publisher } from '../../lib/rabbitmq/publisher.ts';
import { portOf, TcpProxy } from '../faults/tcp-proxy.ts';

/** A queue that goes with the test. */
const ownQueue = async (url: string): Promise<string> => {
  const model = await amqp.connect(url);
  const channel = await model.createChannel();
  const { queue } = await channel.assertQueue('', { autoDelete: false });
  onTestFinished(async () => {
    await channel.deleteQueue(queue);
    await model.close();
  });
  return queue;
};

it('[B-5] what the broker takes at no time is refused for good, and what goes beside it is taken', async () => {
  const url = inject('rabbitmqUrl');
  const queue = `large-${randomUUID()}`;
  const model = await amqp.connect(url);
  const channel = await model.createChannel();
  await channel.assertQueue(queue);
  const publisher = new Publisher(url, () => undefined);
  onTestFinished(async () => {
    await publisher.end();
    await channel.deleteQueue(queue);
    await model.close();
  });
  const publish = (body: Uint8Array): Promise<unknown> =>
    publisher.publish('', queue, body, {}).then(
      () => 'taken',
      (error: unknown) => error,
    );
  const large = Buffer.alloc(MOST_OF_MESSAGE + 1);
  const small = Buffer.from('1');
  const outcomes = await Promise.all([publish(small), publish(large), publish(small)]);
  expect(outcomes).toEqual(['taken', expect.any(TooLarge), 'taken']);
  expect(outcomes[1]).toMatchObject({ most: MOST_OF_MESSAGE });
  // It is known from now on, and ends no connection any more.
  expect(await Promise.all([publish(large), publish(small)])).toEqual([expect.any(TooLarge), 'taken']);
});

it('a connection that nothing was published over for a while is closed, and the next publish opens another', async () => {
  const url = new URL(inject('rabbitmqUrl'));
  const proxy = await TcpProxy.start(portOf(url.href));
  url.port = String(proxy.port);
  const publisher = new Publisher(url.href, () => undefined, 100);
  onTestFinished(async () => {
    await publisher.end();
    await proxy.stop();
  });
  const queue = await ownQueue(url.href);
  const before = proxy.size;
  for (let times = 0; times < 2; times++) {
    await publisher.publish('', queue, Buffer.from('1'), {});
    expect(await publisher.deepest([queue])).toBeGreaterThan(times);
    expect(proxy.size).toBe(before + 1);
    await expect.poll(() => proxy.size).toBe(before);
  }
});

it('a connection is not closed under what is published over it', async () => {
  const publisher = new Publisher(inject('rabbitmqUrl'), () => undefined, 0);
  onTestFinished(() => publisher.end());
  const queue = await ownQueue(inject('rabbitmqUrl'));
  const some = Array.from({ length: 200 }, (_, n) =>
    pause(n % 20).then(() => publisher.publish('', queue, Buffer.from(String(n)), {})),
  );
  expect((await Promise.allSettled(some)).filter(({ status }) => status === 'rejected')).toEqual([]);
});
