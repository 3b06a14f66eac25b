import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { WebSocket } from 'ws';
import { filled, fits, type Names } from './match.ts';

/** One conversation, and what must come of it. README.md beside this file says how it is written. */
export interface Vector {
  readonly name: string;
  /** Clauses of the protocol that it tests. */
  readonly clauses: readonly string[];
  readonly steps: readonly Step[];
}

type Step =
  | { readonly connect: string; readonly user: string; readonly query?: string }
  | { readonly client: string; readonly send: unknown }
  | { readonly client: string; readonly sendText: string }
  | { readonly client: string; readonly expect: unknown }
  | { readonly client: string; readonly never: unknown }
  | { readonly close: string };

/** Milliseconds a message may take. */
const PATIENCE = 15_000;

/** Every vector of this folder, by file name. */
export const readVectors = (): readonly (Vector & { readonly file: string })[] => {
  const folder = path.join(import.meta.dirname, 'vectors');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({ file, ...(JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Vector) }));
};

/** A raw socket, and what it heard and no step has taken yet. */
class Peer {
  readonly socket: WebSocket;
  readonly heard: unknown[] = [];
  /** Everything that was ever heard. */
  readonly all: unknown[] = [];
  #wake = Promise.withResolvers<void>();

  constructor(url: string) {
    this.socket = new WebSocket(url);
    this.socket.on('message', (data) => {
      const message: unknown = JSON.parse(String(data));
      this.heard.push(message);
      this.all.push(message);
      this.#wake.resolve();
    });
  }

  async opened(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.socket.once('open', resolve);
    this.socket.once('error', reject);
    await promise;
    this.socket.on('error', () => undefined);
  }

  /** Takes the first message that fits. */
  async take(pattern: unknown, names: Names): Promise<void> {
    const late = AbortSignal.timeout(PATIENCE);
    for (;;) {
      const found = this.heard.findIndex((message) => fits(message, pattern, names));
      if (found >= 0) {
        this.heard.splice(found, 1);
        return;
      }
      if (late.aborted) {
        const last = this.heard.slice(-5).map((message) => JSON.stringify(message).slice(0, 400));
        throw new Error(`Nothing came that fits ${JSON.stringify(pattern)}. What came last:\n${last.join('\n')}`);
      }
      this.#wake = Promise.withResolvers();
      const stop = () => this.#wake.resolve();
      late.addEventListener('abort', stop, { once: true });
      await this.#wake.promise;
      late.removeEventListener('abort', stop);
    }
  }
}

/**
 * Plays a vector against a service that takes names on trust.
 *
 * @param url - its address, `ws://…` or `wss://…`.
 * @throws Error for the first step that fails, with its number.
 */
export const playVector = async (vector: Vector, url: string): Promise<void> => {
  const names: Names = new Map<string, unknown>([
    ['run', randomUUID().slice(0, 8)],
    ['now', Date.now()],
    ['minuteAgo', Date.now() - 60_000],
    ['future', Date.now() + 3_600_000],
  ]);
  const peers = new Map<string, Peer>();
  const peerOf = (name: string): Peer => {
    const peer = peers.get(name);
    if (peer === undefined) throw new Error(`No client ${name} has connected`);
    return peer;
  };
  const nevers: [string, unknown][] = [];
  const perform = async (step: Step): Promise<void> => {
    if ('connect' in step) {
      const address = new URL(`${url}${step.query === undefined ? '' : `?${step.query}`}`);
      address.searchParams.set('user', String(filled(step.user, names)));
      const peer = new Peer(address.href);
      peers.set(step.connect, peer);
      await peer.opened();
    } else if ('close' in step) peerOf(step.close).socket.close();
    else if ('send' in step) peerOf(step.client).socket.send(JSON.stringify(filled(step.send, names)));
    else if ('sendText' in step) peerOf(step.client).socket.send(step.sendText);
    else if ('expect' in step) await peerOf(step.client).take(filled(step.expect, names), names);
    else nevers.push([step.client, filled(step.never, names)]);
  };
  try {
    for (const [i, step] of vector.steps.entries()) {
      await perform(step).catch((error: unknown) => {
        throw new Error(`${vector.name}, step ${i + 1}: ${(error as Error).message}`, { cause: error });
      });
    }
    for (const [name, pattern] of nevers) {
      const wrong = peerOf(name).all.find((message) => fits(message, pattern, names));
      if (wrong !== undefined) throw new Error(`${vector.name}: ${name} heard ${JSON.stringify(wrong)}`);
    }
  } finally {
    for (const { socket } of peers.values()) socket.terminate();
  }
};
