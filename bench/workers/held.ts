/** Plain WebSockets that are held, each subscribed to one channel. */
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { type RetryPolicy, withRetries } from '../../lib/ports/retry-policy.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { answerRequests } from '../work.ts';

type Request =
  | { readonly url: string; readonly channel: string; readonly from: number; readonly count: number }
  | { readonly heard: number };

/** Handshakes under way at once. */
const AT_ONCE = 32;
const TRIES: RetryPolicy = { pauses: [1_000, 1_000, 1_000, 1_000], isTransient: () => true };
const PATIENCE = 60_000;

const sockets: WebSocket[] = [];
let heard = 0;
let lost = 0;

const open = async (url: string, channel: string): Promise<void> => {
  const socket = new WebSocket(url);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('It was closed before it was subscribed')));
    socket.once('open', () => socket.send(JSON.stringify({ type: 'subscribe', channels: [channel] })));
    socket.on('message', (frame: Buffer) => {
      const text = frame.toString();
      if (text.startsWith('{"type":"event"')) heard++;
      else if (text.includes('"subscribed"')) resolve();
    });
  });
  socket.removeAllListeners('close');
  socket.removeAllListeners('error');
  socket.on('error', () => undefined);
  socket.once('close', () => lost++);
  sockets.push(socket);
};

const openWithTries = (url: string, channel: string): Promise<void> =>
  withRetries(systemClock, TRIES, Number.POSITIVE_INFINITY, () => open(url, channel));

/** Opens so many, a user each. */
const hold = async (url: string, channel: string, from: number, count: number): Promise<object> => {
  let next = from;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < from + count) await openWithTries(`${url}?user=held-${next++}`, channel);
    }),
  );
  return { held: sockets.length };
};

/** Waits until so many events were heard in all, as long as it may take. */
const hear = async (wanted: number): Promise<object> => {
  const end = Date.now() + PATIENCE;
  while (heard < wanted && Date.now() < end) await pause(5);
  return { heard, lost };
};

answerRequests<Request>(async (request) =>
  'heard' in request ? hear(request.heard) : hold(request.url, request.channel, request.from, request.count),
);
process.send?.({ ready: true });
