/** The process of those who are not attacked: they publish, hear and connect as they may, and note how long it takes. */

import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { tokenFor } from '../tokens.ts';

/** What bystanders saw for a while. */
export interface Seen {
  /** Milliseconds from a broadcast to its event, of each that was heard. */
  readonly latencies: readonly number[];
  /** Codes and closings, for what they may. */
  readonly refused: readonly string[];
  /** Broadcasts that were not heard. */
  readonly lost: number;
  /** Events that no bystander published. */
  readonly foreign: number;
}

const CHANNEL = 'bystanders';
/** Enough that none comes near the limit of a connection, however long all of it takes. */
const PUBLISHERS = 8;
const INTERVAL = 25;
/** Broadcasts between two handshakes. */
const HANDSHAKES = 20;
const PATIENCE = 20_000;

type Message = { readonly type: string; readonly id?: string; readonly error?: { readonly code: string } };

const url = process.argv[2] as string;
const sent = new Map<string, number>();
const refused: string[] = [];
let latencies: number[] = [];
let foreign = 0;

const connect = async (user: string): Promise<{ readonly socket: WebSocket; readonly connectionId: string }> => {
  const token = await tokenFor(user, { channels: { subscribe: [CHANNEL], publish: [CHANNEL] } });
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } });
  const [data] = (await once(socket, 'message', { signal: AbortSignal.timeout(PATIENCE) })) as [Buffer];
  socket.on('message', (text: Buffer) => {
    const { type, error } = JSON.parse(String(text)) as Message;
    if (type === 'error') refused.push(error?.code ?? 'an error');
  });
  socket.on('error', ({ message }) => refused.push(message));
  const { connectionId } = JSON.parse(String(data)) as { connectionId: string };
  return { socket, connectionId };
};

const listener = await connect('listener');
const publishers = await Promise.all(Array.from({ length: PUBLISHERS }, (_, at) => connect(`publisher-${at}`)));
listener.socket.send(JSON.stringify({ type: 'subscribe', channels: [CHANNEL] }));
listener.socket.on('message', (data: Buffer) => {
  const { type, id } = JSON.parse(String(data)) as Message;
  if (type !== 'event') return;
  const began = sent.get(id ?? '');
  if (began === undefined) foreign++;
  else latencies.push(performance.now() - began);
  sent.delete(id ?? '');
});
for (const { socket } of [listener, ...publishers]) socket.on('close', (code) => refused.push(`closed with ${code}`));

/** Whoever comes new is let in, and goes again. */
const passBy = async (turn: number): Promise<void> => {
  try {
    const { socket } = await connect(`passer-by-${turn % PUBLISHERS}`);
    socket.close();
  } catch (error) {
    refused.push(`a handshake: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const measure = async (milliseconds: number): Promise<Seen> => {
  latencies = [];
  refused.length = 0;
  foreign = 0;
  const began = performance.now();
  const passing: Promise<void>[] = [];
  for (let turn = 0; performance.now() < began + milliseconds; turn++) {
    const id = `${process.pid}-${began}-${turn}`;
    sent.set(id, performance.now());
    const frame = JSON.stringify({ type: 'broadcast', channel: CHANNEL, id, data: turn });
    publishers[turn % PUBLISHERS]?.socket.send(frame);
    if (turn % HANDSHAKES === 0) passing.push(passBy(turn));
    await pause(Math.max(0, began + INTERVAL * (turn + 1) - performance.now()));
  }
  await Promise.all(passing);
  for (const end = performance.now() + PATIENCE; sent.size > 0 && performance.now() < end; ) await pause(10);
  const lost = sent.size;
  sent.clear();
  return { latencies, refused: [...refused], lost, foreign };
};

process.on('message', async (milliseconds: number) => process.send?.(await measure(milliseconds)));
process.send?.({ connectionId: listener.connectionId, channel: CHANNEL });
