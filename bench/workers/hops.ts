/**
 * The hops of an event with nothing between them, each as plain as it can be made: a durable queue, an entry appended,
 * who listens read, a POST for each. No order, no history to resume from, no limits, no second try.
 *
 * Its settings are in `HOPS`.
 */
import { connect } from 'amqplib';
import { Redis } from 'ioredis';
import { Pool } from 'undici';
import { audienceOf, type Hops } from '../hops.ts';

const hops = JSON.parse(process.env['HOPS'] as string) as Hops;
const { origin, pathname } = new URL(hops.endpoint);
const gateway = new Pool(origin);
const redis = new Redis(hops.redisUrl);
const broker = await connect(hops.rabbitmqUrl, { noDelay: true });
const channel = await broker.createChannel();
await channel.assertQueue(hops.queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });

const post = async (id: string, body: Buffer): Promise<void> => {
  const path = `${pathname}/@connections/${encodeURIComponent(id)}`;
  const response = await gateway.request({ method: 'POST', path, body });
  await response.body.dump();
};

await channel.consume(hops.queue, async (message) => {
  if (message === null) return;
  await redis.xadd(hops.queue, 'MAXLEN', '~', '1000', '*', 'event', message.content.toString());
  const listeners = await redis.zrange(audienceOf(hops), '0', '-1');
  await Promise.all(listeners.map((id) => post(id, message.content)));
  channel.ack(message);
});
process.once('disconnect', () => process.exit());
process.send?.({ ready: true });
