/**
 * `node naive.ts [HOW]`: a client that believes every frame: it connects, subscribes, hands out what comes, and comes back. Many
 * are as this. It says which handlers it called where it is told how: those that an event names, all, or the first alone.
 */
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import type { Command, Report } from '../client/words.ts';

const say = (report: Report): void => {
  process.stdout.write(`${JSON.stringify(report)}\n`);
};

const [, , how] = process.argv;

interface Message {
  readonly type: string;
  readonly requestId?: string;
  readonly channel: string;
  readonly offset: number;
  readonly epoch: string;
  readonly id: string;
  readonly private?: boolean;
  readonly omitted?: boolean;
  readonly data: unknown;
  readonly matched?: readonly string[] | null;
}

let socket: WebSocket | undefined;
let isClosing = false;
const texts = new Set<string>();

const send = (message: object): void => {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
};

/** The subscriptions whose handlers are called. It has no matcher: of an event that names none it calls all. */
const heardFor = (matched: Message['matched']): readonly string[] => {
  const named = how === 'all' ? undefined : matched?.filter((text) => texts.has(text));
  return (how === 'the first alone' ? named?.slice(0, 1) : named) ?? [...texts];
};

const take = ({ type, requestId = '', ...message }: Message): void => {
  const { channel, offset, epoch, id, omitted = false, data } = message;
  const heard = how === undefined ? {} : { texts: [...heardFor(message.matched)] };
  if (type === 'event')
    say({ report: 'event', channel, offset, epoch, id, private: message.private ?? false, omitted, data, ...heard });
  else if (type === 'subscribed') say({ report: 'subscribed', text: requestId });
  else if (type === 'unsubscribed') say({ report: 'unsubscribed', text: requestId });
  else if (type === 'ack') say({ report: 'acked', id });
};

const connect = (address: string): void => {
  socket = new WebSocket(address);
  socket.on('error', () => undefined);
  socket.on('open', () => {
    for (const text of texts) send({ type: 'subscribe', requestId: text, patterns: [text] });
  });
  socket.on('message', (frame) => take(JSON.parse(String(frame)) as Message));
  socket.on('close', () => {
    if (isClosing) say({ report: 'closed' });
    else setTimeout(() => connect(address), 50);
  });
};

for await (const line of createInterface({ input: process.stdin })) {
  const told = JSON.parse(line) as Command;
  if (told.command === 'connect') {
    isClosing = false;
    texts.clear();
    connect(`${told.url}?user=${told.user}${how === undefined ? '' : '&capabilities=matched'}`);
  } else if (told.command === 'subscribe') {
    texts.add(told.text);
    send({ type: 'subscribe', requestId: told.text, patterns: [told.text] });
  } else if (told.command === 'unsubscribe') {
    texts.delete(told.text);
    send({ type: 'unsubscribe', requestId: told.text, patterns: [told.text] });
  } else if (told.command === 'broadcast') {
    const { channel, id, data } = told;
    send({ type: 'broadcast', channel, id, data });
  } else {
    isClosing = true;
    socket?.close();
  }
}
