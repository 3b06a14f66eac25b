import { chunksOf } from '../../lib/protocol/chunk.ts';
import { MAX_CHUNKS } from '../../lib/protocol/limits.ts';
import { fits } from '../../lib/protocol/utf8.ts';
import { type Clock, LONGEST_LEAVE } from './clock.ts';
import { deferred } from './deferred.ts';
import { ConnectionLostError, FrameError, RequestError } from './errors.ts';
import { FrameReader } from './frames.ts';
import type {
  AckMessage,
  Answer,
  AnswerType,
  ConnectionMessage,
  ErrorMessage,
  Event,
  RequestType,
  RequestWriting,
  ServerMessage,
} from './messages.ts';
import { Requests } from './requests.ts';
import {
  type Handshake,
  openSocket,
  type SocketClosed,
  type WebSocketConstructor,
  type WebSocketLike,
} from './web-socket.ts';
import type { Written } from './written.ts';

/** A session that is over ends its connection, and says nothing of the request that it answers in passing. */
const SESSION_OVER: ReadonlySet<string> = new Set(['SESSION_EXPIRED', 'SESSION_REVOKED']);

const tooLarge = (most: number): RequestError =>
  new RequestError('MESSAGE_TOO_LARGE', `A message may have ${most} bytes`);

const numbered = (text: string, requestId: string): string => `{"requestId":"${requestId}",${text.slice(1)}`;

const NORMAL = 1000;
const ABNORMAL = 1006;

/** Milliseconds a connection is given to be greeted: the greeting goes by a queue, so answers may overtake it. */
const GREETING_PATIENCE = 5_000;

export interface ConnectionOptions {
  readonly webSocket: WebSocketConstructor;
  readonly clock: Clock;
  /** Milliseconds the handshake may take, and any answer. */
  readonly patience: number;
  /** Bytes of one frame, at most. */
  readonly frameBytes: number;
  /** Whether messages too large for one frame are sent in several. */
  readonly sendsChunks: boolean;
  /** Whether several requests may go in one frame, and their answers come in one. */
  readonly sendsBatches: boolean;
  readonly onEvent: (event: Event) => void;
  /** Told of errors that answer no request. */
  readonly onError: (error: unknown) => void;
  readonly onWelcome: (message: ConnectionMessage) => void;
  /** Told that compression cannot be undone here. The connection ends. */
  readonly onUnreadable: () => void;
}

/** One socket: opened, spoken over in requests and answers, closed. It is not opened again. */
export class Connection {
  /** Resolves when the handshake is done; rejects with a ConnectionLostError where it failed. */
  readonly opened: Promise<void>;
  /** Resolves when the socket is closed, for whatever reason. */
  readonly closed: Promise<SocketClosed>;
  /** Resolves when the service has said what it is. */
  readonly greeted: Promise<void>;
  /** Resolves when it has, or has not in time: a greeting may be lost, and the rest works without. Never once it closed. */
  readonly introduced: Promise<void>;
  /** Resolves, if ever, when the service is about to close the connection: with the milliseconds until it wants us back. */
  readonly leaving: Promise<number>;
  /** When the service wants us back, by our clock, once it has said so. */
  wantedAt: number | undefined;
  /** What the service said of itself, once it has. */
  welcome: ConnectionMessage | undefined;
  /** The code of the last error that was not about one request. */
  lastError: string | undefined;

  readonly #options: ConnectionOptions;
  readonly #socket: WebSocketLike;
  readonly #requests: Requests;
  readonly #reader: FrameReader;
  readonly #end: (closed: SocketClosed) => void;
  readonly #greet: () => void;
  readonly #leave: (after: number) => void;
  #isOpen = false;
  #ended = false;
  #chunked = 0;

  constructor(options: ConnectionOptions, handshake: Handshake) {
    const { clock, patience, webSocket } = options;
    this.#options = options;
    this.#requests = new Requests(clock, patience, () => this.#abandon('The service does not answer'));
    this.#reader = new FrameReader(
      (message) => this.#hear(message),
      (error) => this.#miss(error),
    );
    const closed = deferred<SocketClosed>();
    this.closed = closed.promise;
    this.#end = (reason) => {
      if (this.#ended) return;
      this.#ended = true;
      this.#isOpen = false;
      const why = reason.reason === '' ? String(reason.code) : `${reason.code}, ${reason.reason}`;
      this.#requests.fail(new ConnectionLostError(`The connection ended (${why})`, reason.code));
      closed.resolve(reason);
    };
    const greeted = deferred<void>();
    this.greeted = greeted.promise;
    this.#greet = greeted.resolve;
    const introduced = deferred<void>();
    this.introduced = introduced.promise;
    void greeted.promise.then(introduced.resolve);
    const leaving = deferred<number>();
    this.leaving = leaving.promise;
    this.#leave = leaving.resolve;
    const opened = deferred<void>();
    this.opened = opened.promise;
    void closed.promise.then(({ code }) => opened.reject(new ConnectionLostError(`The handshake failed (${code})`)));
    // Whoever waits for it hears of it; nobody need wait.
    opened.promise.catch(() => undefined);

    this.#socket = openSocket(webSocket, handshake);
    const late = clock.after(patience, () => this.#abandon('The handshake takes too long'));
    this.#socket.onopen = () => {
      late();
      this.#isOpen = !this.#ended;
      opened.resolve();
      const silent = clock.after(GREETING_PATIENCE, introduced.resolve);
      void Promise.race([greeted.promise, closed.promise]).then(silent);
    };
    this.#socket.onmessage = ({ data }: { data: unknown }) => {
      if (!this.#ended) this.#reader.take(String(data));
    };
    this.#socket.onclose = ({ code, reason }: SocketClosed) => {
      late();
      this.#end({ code: code ?? ABNORMAL, reason: String(reason ?? '') });
    };
    // A close follows it, and says as much as an error would.
    this.#socket.onerror = () => undefined;
  }

  /** Whether the socket takes frames: its handshake is done, and it has not ended. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Most requests of one frame. Before the greeting nobody knows of more than one. */
  get batch(): number {
    return this.#options.sendsBatches ? (this.welcome?.limits.batch ?? 1) : 1;
  }

  /** Bytes of one message, at most, as far as is known. */
  get mostBytes(): number {
    const { sendsChunks, frameBytes } = this.#options;
    return Math.min(
      this.welcome?.limits.messageSize ?? Number.POSITIVE_INFINITY,
      sendsChunks ? Number.POSITIVE_INFINITY : frameBytes,
    );
  }

  /**
   * Sends a request, once the handshake is done, and waits for its answer; see `Requests.add`.
   *
   * @throws RequestError, ConnectionLostError
   */
  async request<T extends RequestType, L extends AnswerType<T>>(
    message: { readonly type: T } & RequestWriting<T>,
    last: L,
    onMessage?: (message: Answer) => void,
  ): Promise<Extract<Answer, { type: L }>> {
    return this.#ask(JSON.stringify(message), last, onMessage);
  }

  /**
   * Sends several broadcasts in one frame where there is more than one; each is answered by itself.
   *
   * @returns an answer per broadcast, in the given order.
   */
  broadcastAll(messages: readonly Written[]): readonly Promise<AckMessage>[] {
    if (messages.length === 1 || !this.#isOpen) return messages.map(({ text }) => this.#ask(text, 'ack'));
    const ids = messages.map(() => this.#requests.nextId());
    const answers = ids.map((id) => this.#requests.add(id, 'ack'));
    const texts = messages.map(({ text }, i) => numbered(text, ids[i] as string));
    this.#send([`{"type":"batch","messages":[${texts.join()}]}`]);
    return answers;
  }

  /** Closes the socket. What is under way fails. */
  close(): void {
    this.#shut(NORMAL, 'closed by the client');
  }

  #abandon(reason: string): void {
    this.#shut(ABNORMAL, reason);
  }

  /** Does not wait for the other side, which may be gone. */
  #shut(code: number, reason: string): void {
    if (this.#ended) return;
    this.#end({ code, reason });
    try {
      this.#socket.close(NORMAL);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  async #ask<L extends Answer['type']>(
    message: string,
    last: L,
    onMessage?: (message: Answer) => void,
  ): Promise<Extract<Answer, { type: L }>> {
    if (!this.#isOpen) await this.opened;
    if (this.#ended) throw new ConnectionLostError('The connection has ended');
    const requestId = this.#requests.nextId();
    const frames = this.#framesOf(numbered(message, requestId), requestId);
    const answer = this.#requests.add(requestId, last, onMessage);
    this.#send(frames);
    return answer;
  }

  /** @throws RequestError where the service takes no message so large. */
  #framesOf(text: string, requestId: string): readonly string[] {
    const { frameBytes } = this.#options;
    const { mostBytes } = this;
    if (!fits(text, mostBytes)) throw tooLarge(mostBytes);
    if (fits(text, frameBytes)) return [text];
    // Each names the request, so that the refusal of one is told to who waits for the answer.
    const chunks = chunksOf(text, `c${++this.#chunked}`, frameBytes, requestId);
    if (chunks.length > MAX_CHUNKS) throw tooLarge(MAX_CHUNKS * frameBytes);
    return chunks;
  }

  #send(frames: readonly string[]): void {
    try {
      for (const frame of frames) this.#socket.send(frame);
    } catch (error) {
      this.#options.onError(error);
      this.#abandon('The socket takes no frames');
    }
  }

  /** What was compressed may have been anything, also an answer that is waited for. */
  #miss(error: unknown): void {
    this.#options.onError(error);
    if (!(error instanceof FrameError && error.isCompressed)) return;
    this.#options.onUnreadable();
    this.#abandon('A compressed frame cannot be read');
  }

  #hear(message: ServerMessage): void {
    // A decompressed frame may come after the end.
    if (this.#ended) return;
    if (message.type === 'event') {
      this.#options.onEvent(message);
    } else if (message.type === 'connection') {
      this.welcome = message;
      this.#greet();
      this.#options.onWelcome(message);
    } else if (message.type === 'reconnect') {
      const after = Math.min(Math.max(Number(message.after) || 0, 0), LONGEST_LEAVE);
      this.wantedAt = this.#options.clock.now() + after;
      this.#leave(after);
    } else if (message.type === 'error') {
      this.#hearError(message);
    } else {
      this.#requests.take(message);
    }
  }

  #hearError(message: ErrorMessage): void {
    const { code, message: text, retryAfter } = message.error;
    // What is under way was not taken: it ends with the connection, and is asked anew on the next.
    if (!SESSION_OVER.has(code)) {
      // Another piece of a message that was refused already is nobody's.
      if (this.#requests.take(message) || message.requestId !== undefined) return;
    }
    this.lastError = code;
    this.#options.onError(new RequestError(code, text, retryAfter));
  }
}
