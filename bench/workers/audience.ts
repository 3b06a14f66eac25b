/** Listeners and a publisher, of this product’s own client library or of Socket.IO’s. */
import { io, type Socket } from 'socket.io-client';
import { WebSocket } from 'ws';
import { connect, type WebSocketConstructor } from '../../client/src/index.ts';
import { quantile } from '../measure.ts';
import { answerRequests } from '../work.ts';

type Request =
  | { readonly kind: 'ours' | 'socket.io'; readonly urls: readonly string[]; readonly listeners: number }
  | { readonly saturate: number; readonly inFlight: number }
  | { readonly oneByOne: number };

const CHANNEL = 'bench:end-to-end';
const TEXT = 'x'.repeat(180);

let heard = 0;
let frames = 0;
let wanted = 0;
let complete: (() => void) | undefined;
let publish: (n: number) => Promise<unknown>;
let leave: () => Promise<void> = async () => undefined;
let listening = 0;

const onEvent = (): void => {
  if (++heard === wanted) complete?.();
};

/** Counts what comes, so that events per frame can be told. */
class CountingWebSocket extends WebSocket {
  constructor(url: string, protocols?: string[]) {
    super(url, protocols);
    this.on('message', () => {
      frames++;
    });
  }
}

const joinOurs = async (url: string, listeners: number): Promise<void> => {
  const webSocket = CountingWebSocket as unknown as WebSocketConstructor;
  const clients = Array.from({ length: listeners }, (_, i) => connect({ url, user: `user-${i}`, webSocket }));
  const publisher = connect({ url, user: 'publisher', webSocket: WebSocket as unknown as WebSocketConstructor });
  for (const client of clients) await client.subscribe(CHANNEL, onEvent).ready;
  publish = (n) => publisher.broadcast(CHANNEL, { n, text: TEXT });
  leave = async () => {
    for (const client of [...clients, publisher]) await client.close();
  };
};

const joinSocketIo = async (urls: readonly string[], listeners: number): Promise<void> => {
  const open = (i: number): Socket =>
    io(urls[i % urls.length] as string, { transports: ['websocket'], forceNew: true });
  const clients = Array.from({ length: listeners }, (_, i) => open(i));
  const publisher = open(0);
  for (const client of clients) {
    client.on('event', onEvent);
    await client.emitWithAck('subscribe', CHANNEL);
  }
  publish = (n) => publisher.emitWithAck('broadcast', CHANNEL, { n, text: TEXT });
  leave = async () => {
    for (const client of [...clients, publisher]) client.disconnect();
  };
};

const expecting = (count: number): Promise<void> => {
  heard = 0;
  wanted = count;
  return new Promise((resolve) => {
    complete = resolve;
  });
};

/** Publishes as fast as it is taken. @returns deliveries a second, until the last has been heard. */
const saturate = async (events: number, inFlight: number): Promise<object> => {
  frames = 0;
  const all = expecting(events * listening);
  const began = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (next < events) await publish(next++);
    }),
  );
  await all;
  const seconds = (performance.now() - began) / 1_000;
  return { rate: (events * listening) / seconds, framesPerEvent: frames / (events * listening) };
};

/** Publishes one event at a time. @returns the median of the milliseconds until everyone has heard it. */
const oneByOne = async (events: number): Promise<object> => {
  const taken: number[] = [];
  for (let n = 0; n < events; n++) {
    const all = expecting(listening);
    const began = performance.now();
    await Promise.all([publish(n), all]);
    taken.push(performance.now() - began);
  }
  return { p50: quantile(taken, 0.5) };
};

answerRequests<Request>(async (request) => {
  if ('saturate' in request) return saturate(request.saturate, request.inFlight);
  if ('oneByOne' in request) return oneByOne(request.oneByOne);
  await leave();
  listening = request.listeners;
  if (request.kind === 'ours') await joinOurs(request.urls[0] as string, request.listeners);
  else await joinSocketIo(request.urls, request.listeners);
  return {};
});
process.send?.({ ready: true });
