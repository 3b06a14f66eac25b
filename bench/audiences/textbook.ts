import { once } from 'node:events';
import { WebSocket } from 'ws';
import { CHANNEL, type Join, TEXT } from './audience.ts';

const open = async (url: string): Promise<WebSocket> => {
  const socket = new WebSocket(url);
  await once(socket, 'open');
  return socket;
};

/** With plain WebSockets: all that the samples bring. */
export const joinTextbook: Join = async ([url = ''], listeners, on) => {
  const sockets: WebSocket[] = [];
  for (let i = 0; i < listeners; i++) {
    const socket = await open(url);
    sockets.push(socket);
    socket.send(JSON.stringify({ action: 'subscribe', channel: CHANNEL }));
    await once(socket, 'message');
    socket.on('message', (frame) => {
      on.frame();
      if ('data' in JSON.parse(String(frame))) on.event();
    });
  }
  const publisher = await open(url);
  const waiting = new Map<number, { resolve(): void; reject(error: Error): void }>();
  publisher.on('message', (frame) => {
    const { sent } = JSON.parse(String(frame)) as { sent?: number };
    // What the emulator answers where the handler failed names no event.
    const failed = new Error(`The textbook handler failed: ${frame}`);
    if (sent === undefined) for (const { reject } of waiting.values()) reject(failed);
    else waiting.get(sent)?.resolve();
    if (sent !== undefined) waiting.delete(sent);
  });
  return {
    publish: (id) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      waiting.set(id, { resolve, reject });
      publisher.send(JSON.stringify({ action: 'broadcast', channel: CHANNEL, id, data: { n: id, text: TEXT } }));
      return promise;
    },
    leave: async () => {
      for (const socket of [...sockets, publisher]) {
        socket.close();
        await once(socket, 'close');
      }
    },
  };
};
