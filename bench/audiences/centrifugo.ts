import { WebSocket } from 'ws';
import { CHANNEL, type Join, TEXT } from './audience.ts';

/** Centrifugo’s client is not among this project’s packages: who compares with it installs it. Of it only this is used. */
const CLIENT = 'centrifuge';

interface Subscription {
  on(event: 'publication', heard: () => void): void;
  subscribe(): void;
  ready(): Promise<void>;
}

interface Client {
  connect(): void;
  disconnect(): void;
  ready(): Promise<void>;
  newSubscription(channel: string, options: { readonly recoverable: boolean }): Subscription;
  publish(channel: string, data: unknown): Promise<unknown>;
}

interface Package {
  readonly Centrifuge: new (url: string, options: { readonly websocket: unknown }) => Client;
}

/** With its client for JavaScript, spread over its nodes; the publisher is at the first. */
export const joinCentrifugo: Join = async (urls, listeners, on) => {
  const { Centrifuge } = (await import(CLIENT)) as Package;
  const open = async (i: number): Promise<Client> => {
    const one = new Centrifuge(urls[i % urls.length] as string, { websocket: WebSocket });
    one.connect();
    await one.ready();
    return one;
  };
  const clients: Client[] = [];
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
