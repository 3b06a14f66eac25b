import { once } from 'node:events';
import { connect } from 'amqplib';
import { Redis } from 'ioredis';
import { WebSocket } from 'ws';
import { audienceOf, type Hops } from '../hops.ts';
import { type Join, TEXT } from './audience.ts';

/** A plain WebSocket to the gateway, and the name of its connection. */
const open = async (url: string): Promise<readonly [socket: WebSocket, id: string]> => {
  const socket = new WebSocket(url);
  const [frame] = (await once(socket, 'message')) as [Buffer];
  return [socket, (JSON.parse(frame.toString()) as { connectionId: string }).connectionId];
};

/** Plain WebSockets, and a publisher that is connected to the broker itself: it saves the way through the gateway. */
export const joinHops: Join = async ([url = '', settings = ''], listeners, on) => {
  const hops = JSON.parse(settings) as Hops;
  const redis = new Redis(hops.redisUrl);
  const sockets: WebSocket[] = [];
  for (let i = 0; i < listeners; i++) {
    const [socket, id] = await open(url);
    await redis.zadd(audienceOf(hops), 0, id);
    socket.on('message', () => {
      on.frame();
      on.event();
    });
    sockets.push(socket);
  }
  const broker = await connect(hops.rabbitmqUrl, { noDelay: true });
  const channel = await broker.createConfirmChannel();
  return {
    publish: (n) =>
      new Promise<void>((resolve, reject) => {
        const body = Buffer.from(JSON.stringify({ n, text: TEXT }));
        channel.sendToQueue(hops.queue, body, { persistent: true }, (refusal: unknown) =>
          refusal ? reject(refusal) : resolve(),
        );
      }),
    leave: async () => {
      await redis.del(audienceOf(hops));
      redis.disconnect();
      await broker.close();
      for (const socket of sockets) socket.close();
    },
  };
};
