import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { StrictSettings } from './settings.ts';

/** Close codes, as in RFC 6455, section 7.4.1. */
const CLOSE = { normal: 1000, goingAway: 1001, unsupported: 1003, tooLarge: 1009, restarting: 1012 } as const;

export interface StrictConnectionOptions {
  readonly id: string;
  /** The socket of the client. */
  readonly client: WebSocket;
  /** The socket to the emulator, which calls the functions. */
  readonly upstream: WebSocket;
  readonly settings: StrictSettings;
  readonly random: () => number;
  /** Takes a token for one message of the client. */
  readonly admit: () => boolean;
  /** Called once the client is gone; the emulator learns of it only where `tell` says so. */
  readonly onEnd: (connection: StrictConnection) => void;
  /** Told of what the client sends that is no frame. */
  readonly onMalformed: (line: string) => void;
}

/** One client’s socket and its counterpart in the emulator, held to the limits of API Gateway. */
export class StrictConnection {
  readonly id: string;
  readonly connectedAt = new Date();
  lastActiveAt = this.connectedAt;
  /** Milliseconds between two posts that its client takes, where it is slow. */
  pause = 0;
  #tookAt = Number.NEGATIVE_INFINITY;
  readonly #options: StrictConnectionOptions;
  #idle: NodeJS.Timeout | undefined;
  readonly #life: NodeJS.Timeout;

  constructor(options: StrictConnectionOptions) {
    this.id = options.id;
    this.#options = options;
    const { client, upstream, settings } = options;
    this.#life = setTimeout(() => this.#end(CLOSE.goingAway), settings.life);
    this.#used();
    client.on('error', ({ message }) =>
      options.onMalformed(`A client sent what is no frame, and was closed: ${message}`),
    );
    upstream.on('error', () => undefined);
    client.on('message', (data: Buffer, isBinary) => void this.#fromClient(data, isBinary));
    // What the emulator sends is a function’s answer.
    upstream.on('message', (data: Buffer) => this.#toClient(data));
    // The emulator ends, or is started anew: its clients are told to come back, which they do each in its own time.
    upstream.once('close', () => this.#end(CLOSE.restarting));
    client.once('close', () => {
      clearTimeout(this.#life);
      clearTimeout(this.#idle);
      options.onEnd(this);
    });
  }

  /** The client’s frame was larger than a frame may be. */
  refuseFrame(): void {
    this.#end(CLOSE.tooLarge);
  }

  /** Sends a post to the client. @returns false where too much lies unsent already, or would of a client that is slow. */
  post(frame: Buffer): boolean {
    const { client, settings } = this.#options;
    const now = performance.now();
    if (client.bufferedAmount > settings.backlog || now - this.#tookAt < this.pause) return false;
    this.#tookAt = now;
    this.#used();
    client.send(frame, { binary: false });
    return true;
  }

  close(): void {
    this.#end(CLOSE.normal);
  }

  /** Lets the emulator know that the connection has ended, so that `$disconnect` runs. */
  tell(): void {
    this.#options.upstream.close();
  }

  /** Breaks the client’s socket, without a word. */
  cut(): void {
    this.#options.client.terminate();
  }

  /** Drops both sockets. */
  drop(): void {
    this.#options.client.terminate();
    this.#options.upstream.terminate();
  }

  async #fromClient(data: Buffer, isBinary: boolean): Promise<void> {
    const { client, upstream, settings, random, admit } = this.#options;
    if (client.readyState !== WebSocket.OPEN) return;
    if (isBinary) {
      this.#end(CLOSE.unsupported);
      return;
    }
    this.#used();
    if (!admit()) {
      client.send(JSON.stringify({ message: 'Too Many Requests', connectionId: this.id, requestId: `${Date.now()}` }));
      return;
    }
    if (settings.reorder > 0) await delay(random() * settings.reorder);
    // The functions run concurrently, and one that was called runs also where its client is gone meanwhile.
    if (upstream.readyState === WebSocket.OPEN) upstream.send(data, { binary: false });
  }

  #toClient(data: Buffer): void {
    if (data.length > this.#options.settings.frameSize) {
      this.#end(CLOSE.tooLarge);
      return;
    }
    this.#used();
    this.#options.client.send(data, { binary: false });
  }

  #used(): void {
    this.lastActiveAt = new Date();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#end(CLOSE.goingAway), this.#options.settings.idle);
  }

  #end(code: number): void {
    this.#options.client.close(code);
  }
}
