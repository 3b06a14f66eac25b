import { io, type Socket } from 'socket.io-client';
import { CHANNEL, type Join, TEXT } from './audience.ts';

/** With Socket.IO’s client, spread over its servers; the publisher is at the first. */
export const joinSocketIo: Join = async (urls, listeners, on) => {
  const open = (i: number): Socket =>
    io(urls[i % urls.length] as string, { transports: ['websocket'], forceNew: true });
  const clients = Array.from({ length: listeners }, (_, i) => open(i));
  const publisher = open(0);
  for (const client of clients) {
    client.on('event', () => {
      on.frame();
      on.event();
    });
    await client.emitWithAck('subscribe', CHANNEL);
  }
  return {
    publish: (n) => publisher.emitWithAck('broadcast', CHANNEL, { n, text: TEXT }),
    leave: async () => {
      for (const client of [...clients, publisher]) client.disconnect();
    },
  };
};
