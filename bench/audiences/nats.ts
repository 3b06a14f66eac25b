import { DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { type NatsConnection, wsconnect } from '@nats-io/nats-core';
import { WebSocket } from 'ws';
import { CHANNEL, type Join, TEXT } from './audience.ts';

const STREAM = 'bench';
const SUBJECT = CHANNEL.replaceAll(':', '.');

/** Over the WebSocket that all audiences have here: Node's own is slower. */
const connect = (url: string): Promise<NatsConnection> =>
  wsconnect({
    servers: url,
    wsFactory: async (address) => ({ socket: new WebSocket(address) as never, encrypted: false }),
  });

/** With its client for JavaScript: an ordered consumer each, and a publisher that waits for the stream's acknowledgement. */
export const joinNats: Join = async ([url = ''], listeners, on) => {
  const publisher = await connect(url);
  const manager = await jetstreamManager(publisher);
  await manager.streams.add({ name: STREAM, subjects: [SUBJECT] }).catch(() => manager.streams.info(STREAM));
  const connections: NatsConnection[] = [];
  for (let i = 0; i < listeners; i++) {
    const connection = await connect(url);
    connections.push(connection);
    const consumer = await jetstream(connection).consumers.get(STREAM, { deliver_policy: DeliverPolicy.New });
    await consumer.consume({
      callback: () => {
        on.frame();
        on.event();
      },
    });
  }
  const stream = jetstream(publisher);
  return {
    publish: (n) => stream.publish(SUBJECT, JSON.stringify({ n, text: TEXT })),
    leave: async () => {
      for (const connection of [...connections, publisher]) await connection.close();
    },
  };
};
