import { randomUUID } from 'node:crypto';
import amqp from 'amqplib';
import { expect, inject, it, onTestFinished } from 'vitest';
import { MOST_OF_MESSAGE } from '../../lib/config/variables.ts';
import { TooLarge } from '../../lib/ports/dependency.ts';
import { Publisher } from '../../lib/rabbitmq/publisher.ts';

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
