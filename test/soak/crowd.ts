import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from '../e2e/client.ts';

/** Connections being made at a time. */
const WIDTH = 50;
const CHANNEL = 'held:all';
/** Milliseconds in which a broadcast is to be heard by all. */
const HEARING = 60_000;

/** Does something for every number below `count`, so many at a time. */
export const each = async (count: number, act: (n: number) => Promise<void>): Promise<void> => {
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: Math.min(WIDTH, count) }, one));
};

/** Every second one says goodbye. */
export const part = async (client: Client, n: number): Promise<void> => {
  const closed = once(client.socket, 'close');
  if (n % 2 === 0) client.socket.close();
  else client.socket.terminate();
  await closed;
};

/** Connects and subscribes to a channel of all and a pattern of its own. */
export const join = async (url: string, name: string): Promise<Client> => {
  const client = await Client.connect(url, `user-${name}`);
  const answer = await client.request({ type: 'subscribe', channels: [CHANNEL], patterns: [`held:${name}:*`] });
  if (answer.type !== 'subscribed') throw new Error(`Not subscribed: ${JSON.stringify(answer)}`);
  return client;
};

/** Has so many connect, subscribe and part again. */
export const pass = (url: string, count: number, name: string): Promise<void> =>
  each(count, async (n) => part(await join(url, `${name}-${n}`), n));

/** Broadcasts once. @returns how many of those held heard it; what comes again has the same offset. */
export const tell = async (url: string, clients: readonly Client[], data: string): Promise<number> => {
  const publisher = await Client.connect(url, 'publisher');
  await publisher.request({ type: 'broadcast', channel: CHANNEL, data });
  await part(publisher, 0);
  const offsetsOf = ({ heard }: Client): number =>
    new Set(heard.filter((each) => each.type === 'event' && each['data'] === data).map(({ offset }) => offset)).size;
  const end = Date.now() + HEARING;
  while (clients.some((client) => offsetsOf(client) === 0) && Date.now() < end) await pause(50);
  return clients.filter((client) => offsetsOf(client) === 1).length;
};
