import { WebSocket } from 'ws';
import { connect, type WebSocketConstructor } from '../../client/src/index.ts';
import { CHANNEL, type Join, TEXT } from './audience.ts';

/** With this product’s own client library. */
export const joinOurs: Join = async ([url = ''], listeners, on) => {
  class CountingWebSocket extends WebSocket {
    constructor(address: string, protocols?: string[]) {
      super(address, protocols);
      this.on('message', () => on.frame());
    }
  }
  const webSocket = CountingWebSocket as unknown as WebSocketConstructor;
  const clients = Array.from({ length: listeners }, (_, i) => connect({ url, user: `user-${i}`, webSocket }));
  const publisher = connect({ url, user: 'publisher', webSocket: WebSocket as unknown as WebSocketConstructor });
  for (const client of clients) await client.subscribe(CHANNEL, () => on.event()).ready;
  return {
    publish: (n) => publisher.broadcast(CHANNEL, { n, text: TEXT }),
    leave: async () => {
      for (const client of [...clients, publisher]) await client.close();
    },
  };
};
