import type { Centrifuge } from 'centrifuge';
import { WebSocket } from 'ws';
import { CHANNEL, type Join, TEXT } from './audience.ts';

/** With its client for JavaScript, spread over its nodes; the publisher is at the first. */
export const joinCentrifugo: Join = async (urls, listeners, on) => {
  // Loaded here alone: who does not compare with it need not have it.
  const client = await import('centrifuge');
  const open = async (i: number): Promise<Centrifuge> => {
    const one = new client.Centrifuge(urls[i % urls.length] as string, { websocket: WebSocket });
    one.connect();
    await one.ready();
    return one;
  };
  const clients: Centrifuge[] = [];
  for (let i = 0; i < listeners; i++) {
    const one = await open(i);
    const subscription = one.newSubscription(CHANNEL, { recoverable: true });
    subscription.on('publication', () => {
      on.frame();
      on.event();
    });
    subscription.subscribe();
    await subscription.ready();
    clients.push(one);
  }
  const publisher = await open(0);
  return {
    publish: (n) => publisher.publish(CHANNEL, { n, text: TEXT }),
    leave: async () => {
      for (const one of [...clients, publisher]) one.disconnect();
    },
  };
};
