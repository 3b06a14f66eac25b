import { randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';
import { FrameReader } from '../../client/src/frame-reader.ts';
import { chunksOf } from '../../lib/protocol/chunk.ts';
import { API_GATEWAY } from '../../lib/protocol/transport.ts';
import { Fault } from './finding.ts';
import { type Handshake, shakeHands } from './handshake.ts';

/** Any message of the service. What it holds is looked at where it is used: a stage may be of another version. */
export type Message = Readonly<Record<string, unknown>> & { readonly type: string };

/** A connection without any of the library's second tries, so that what goes wrong is seen. */
export class Line {
  readonly heard: Message[] = [];
  /** The close code, once it is closed. */
  readonly closed: Promise<number>;
  /** Bytes of the largest frame that came. */
  largestFrame = 0;
  readonly #socket: WebSocket;
  readonly #patience: number;
  readonly #waiting = new Set<() => void>();
  #requests = 0;
  #closeCode: number | undefined;

  private constructor(socket: WebSocket, patience: number) {
    this.#socket = socket;
    this.#patience = patience;
    const reader = new FrameReader(
      (message) => this.#take(message as unknown as Message),
      () => undefined,
    );
    socket.on('message', (data) => {
      const bytes = data as Buffer;
      this.largestFrame = Math.max(this.largestFrame, bytes.length);
      reader.take(bytes.toString());
    });
    const closed = Promise.withResolvers<number>();
    this.closed = closed.promise;
    socket.on('close', (code) => {
      this.#closeCode = code;
      closed.resolve(code);
      this.#wake();
    });
  }

  /** @throws Fault where it is refused, or nothing answers. */
  static async open(handshake: Handshake): Promise<Line> {
    const socket = await shakeHands(handshake);
    const line = new Line(socket, handshake.patience);
    socket.resume();
    return line;
  }

  /** Sends a text in one frame, whatever its size. */
  sendFrame(text: string): void {
    this.#socket.send(text);
  }

  /** Sends a text as one message in several frames, none larger than the gateway takes. */
  sendInFrames(text: string): void {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += API_GATEWAY.frameBytes) {
      const fin = at + API_GATEWAY.frameBytes >= bytes.length;
      this.#socket.send(bytes.subarray(at, at + API_GATEWAY.frameBytes), { binary: false, fin });
    }
  }

  /** Sends a request, one too large for a frame in chunks. @returns its `requestId`. */
  send(request: Readonly<Record<string, unknown>>): string {
    const requestId = `doctor-${++this.#requests}`;
    const text = JSON.stringify({ ...request, requestId });
    if (Buffer.byteLength(text) <= API_GATEWAY.frameBytes) this.sendFrame(text);
    else {
      const id = randomBytes(6).toString('hex');
      for (const chunk of chunksOf(text, id, API_GATEWAY.frameBytes, requestId)) this.sendFrame(chunk);
    }
    return requestId;
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @throws Fault where none comes, or an error does.
   */
  async request(request: Readonly<Record<string, unknown>>): Promise<Message> {
    const requestId = this.send(request);
    const answer = await this.find(
      (message) => message['requestId'] === requestId && message['final'] !== false,
      `no answer to \`${request['type']}\` came`,
    );
    if (answer.type !== 'error') return answer;
    const { code, message } = answer['error'] as { readonly code: string; readonly message: string };
    throw new Fault(`\`${request['type']}\` was refused: ${code}, ${message}`, REFUSALS[code]);
  }

  /**
   * Waits for a message, one that was heard already too.
   *
   * @param otherwise - what to say where it does not come.
   * @throws Fault
   */
  async find(fits: (message: Message) => boolean, otherwise: string): Promise<Message> {
    const giveUp = performance.now() + this.#patience;
    for (;;) {
      const found = this.heard.find(fits);
      if (found !== undefined) return found;
      if (this.#closeCode !== undefined)
        throw new Fault(`${otherwise}: the connection was closed with ${this.#closeCode}`);
      const left = giveUp - performance.now();
      if (left <= 0) throw new Fault(`${otherwise} within ${this.#patience / 1_000} s`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      const timer = setTimeout(resolve, left);
      await promise;
      clearTimeout(timer);
      this.#waiting.delete(resolve);
    }
  }

  /** Waits for an event by the id it was published with. @throws Fault */
  event(id: unknown): Promise<Message> {
    return this.find(
      (message) => message.type === 'event' && message['id'] === id,
      'the event was acknowledged and not heard',
    );
  }

  /** Closes it, and waits a while for the other side to do so. */
  async close(): Promise<void> {
    this.#socket.close();
    const late = setTimeout(() => this.#socket.terminate(), this.#patience);
    await this.closed;
    clearTimeout(late);
  }

  #take(message: Message): void {
    this.heard.push(message);
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
  }
}

/** By the code of the error. */
const REFUSALS: Readonly<Record<string, string>> = {
  FORBIDDEN:
    'the token grants too little: it must subscribe to and publish beneath the prefix (--channel, else `doctor`)',
  RATE_LIMIT_EXCEEDED:
    'the limits leave too little for a visit, which takes some 600 points (RATE_LIMIT_POINTS); or wait a minute',
  UNAVAILABLE: 'a part is away: `GET /health` and the log of the function `message` say which',
  OVERLOADED: 'the queues are full: is a mapping disabled, or `fanout` failing?',
  MESSAGE_TOO_LARGE:
    'the service or the broker takes nothing of that size: does the broker have its configuration (max_message_size), and was it restarted since?',
};
