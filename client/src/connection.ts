import { chunksOf } from '../../lib/protocol/chunk.ts';
import { fits } from '../../lib/protocol/utf8.ts';
import { LONGEST_LEAVE } from './clock.ts';
import { deferred } from './deferred.ts';
import { ConnectionLostError, FrameError, RequestError } from './errors.ts';
import { FrameReader } from './frame-reader.ts';
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
import type { Settings } from './options.ts';
import type { Carrier } from './outbox.ts';
import { Requests } from './requests.ts';
import type { SerializedBroadcast } from './serialized-broadcast.ts';
import { Timers } from './timers.ts';
import { type Handshake, openSocket, type SocketClosed, type WebSocketLike } from './web-socket.ts';

const numbered = (text: string, requestId: string): string => `{"requestId":"${requestId}",${text.slice(1)}`;

const NORMAL = 1000;
const ABNORMAL = 1006;

/**
 * Milliseconds that a handshake may have taken in all once the network may be another, and that it has from then on at the
 * least: what waited for the network to come back is often there at once.
 */
const HANDSHAKE_HASTE = 2_000;
const HANDSHAKE_GRACE = 500;

/** Milliseconds a connection is given to be greeted: the greeting goes by a queue, so answers may overtake it. */
const GREETING_PATIENCE = 5_000;

export interface ConnectionOptions {
  readonly settings: Pick<Settings, 'webSocket' | 'clock' | 'requestTimeout' | 'frameBytes'>;
  readonly onEvent: (event: Event) => void;
  /** Told of errors that answer no request. */
  readonly onError: (error: unknown) => void;
  readonly onWelcome: (message: ConnectionMessage) => void;
  /** Told that compression cannot be undone here. The connection ends. */
  readonly onUnreadable: () => void;
}

/** One socket: opened, spoken over in requests and answers, closed. It is not opened again. */
export class Connection implements Carrier {
  readonly #opened = deferred<void>();
  readonly #closed = deferred<SocketClosed>();
  readonly #introduced = deferred<void>();
  readonly #leaving = deferred<number>();
  /** Resolves when the handshake is done; rejects with a ConnectionLostError where it failed. */
  readonly opened: Promise<void>;
  /** Resolves when the socket is closed, for whatever reason. */
  readonly closed: Promise<SocketClosed>;
  /** Resolves when the service has said what it is, or has not in time: a greeting may be lost, and the rest works without. Never once it closed. */
  readonly introduced: Promise<void>;
  /** Resolves, if ever, when the service is about to close the connection: with the milliseconds until it wants us back. */
  readonly leaving: Promise<number>;
  /** For what is to be done while it lives: what waits is called off at its end. */
  readonly clock: Timers;
  /** When the service wants us back, by our clock, once it has said so. */
  wantedAt: number | undefined;
  /** What the service said of itself, once it has. */
  welcome: ConnectionMessage | undefined;
  /** The code of the last error that was not about one request. */
  lastError: string | undefined;

  readonly #options: ConnectionOptions;
  readonly #capabilities: string;
  readonly #socket: WebSocketLike;
  readonly #requests: Requests;
  readonly #reader: FrameReader;
  readonly #began: number;
  #state: 'connecting' | 'open' | 'closed' = 'connecting';
  #chunked = 0;

  constructor(options: ConnectionOptions, handshake: Handshake) {
    const { requestTimeout, webSocket } = options.settings;
    const clock = new Timers(options.settings.clock);
    this.opened = this.#opened.promise;
    this.closed = this.#closed.promise;
    this.introduced = this.#introduced.promise;
    this.leaving = this.#leaving.promise;
    this.#options = options;
    this.clock = clock;
    this.#capabilities = handshake.capabilities;
    this.#requests = new Requests(clock, requestTimeout, () => this.abandon());
    this.#reader = new FrameReader(
      (message) => this.#hear(message),
      (error) => this.#miss(error),
    );
    // Whoever waits for it hears of it; nobody need wait.
    this.opened.catch(() => undefined);

    this.#socket = openSocket(webSocket, handshake);
    this.#began = clock.now();
    this.#giveHandshake(requestTimeout);
    this.#socket.onopen = () => {
      if (this.#state === 'closed') return;
      this.#state = 'open';
      this.#opened.resolve();
      clock.after(GREETING_PATIENCE, this.#introduced.resolve);
    };
    this.#socket.onmessage = ({ data }: { data: unknown }) => {
      if (this.#state !== 'closed') this.#reader.take(String(data));
    };
    this.#socket.onclose = ({ code, reason }: SocketClosed) =>
      this.#end({ code: code ?? ABNORMAL, reason: String(reason ?? '') });
    // A close follows it, and says as much as an error would.
    this.#socket.onerror = () => undefined;
  }

  /** Whether the socket takes frames: its handshake is done, and it has not ended. */
  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Most requests of one frame. Before the greeting nobody knows of more than one. */
  get batch(): number {
    return this.#capabilities.includes('batch') ? (this.welcome?.limits.batch ?? 1) : 1;
  }

  /** Bytes of one frame of broadcasts, at most. */
  get mostBytes(): number {
    return Math.min(this.#options.settings.frameBytes, this.#largest);
  }

  /** Bytes of one message, at most, as far as is known. */
  get #largest(): number {
    return Math.min(
      this.welcome?.limits.messageSize ?? Number.POSITIVE_INFINITY,
      this.#capabilities.includes('chunk') ? Number.POSITIVE_INFINITY : this.#options.settings.frameBytes,
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
  send(messages: readonly SerializedBroadcast[]): readonly Promise<AckMessage>[] {
    if (messages.length === 1 || !this.isOpen) return messages.map(({ text }) => this.#ask(text, 'ack'));
    const ids = messages.map(() => this.#requests.nextId());
    const answers = ids.map((id) => this.#requests.add(id, 'ack'));
    const texts = messages.map(({ text }, i) => numbered(text, ids[i] as string));
    this.#send([`{"type":"batch","messages":[${texts.join()}]}`]);
    return answers;
  }

  /** The network may be another now: a handshake that should be done by now is not waited for long. */
  hurry(): void {
    // Whoever is told of one sign after another is held to the first of them.
    this.#giveHandshake(Math.max(this.#began + HANDSHAKE_HASTE - this.clock.now(), HANDSHAKE_GRACE));
  }

  /** Closes the socket. What is under way fails. */
  close(): void {
    this.#shut(NORMAL, '');
  }

  /** Gives up on the other side, which may be gone. */
  abandon(reason = 'no answer'): void {
    this.#shut(ABNORMAL, reason);
  }

  /** Gives up unless the handshake is done in so many milliseconds. */
  #giveHandshake(patience: number): void {
    this.clock.after(patience, () => this.isOpen || this.abandon());
  }

  #end(closed: SocketClosed): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.clock.close();
    const { code, reason } = closed;
    const lost = new ConnectionLostError(code, reason);
    this.#requests.fail(lost);
    this.#opened.reject(lost);
    this.#closed.resolve(closed);
  }

  /** Does not wait for the other side, which may be gone. */
  #shut(code: number, reason: string): void {
    if (this.#state === 'closed') return;
    this.#end({ code, reason });
    try {
      this.#socket.close(NORMAL);
    } catch (error) {
      this.#options.onError(new ConnectionLostError(undefined, String(error)));
    }
  }

  async #ask<L extends Answer['type']>(
    message: string,
    last: L,
    onMessage?: (message: Answer) => void,
  ): Promise<Extract<Answer, { type: L }>> {
    if (this.#state === 'connecting') await this.opened;
    if (!this.isOpen) throw new ConnectionLostError();
    const requestId = this.#requests.nextId();
    const frames = this.#framesOf(numbered(message, requestId), requestId);
    const answer = this.#requests.add(requestId, last, onMessage);
    this.#send(frames);
    return answer;
  }

  /** @throws RequestError where the service takes no message so large. */
  #framesOf(text: string, requestId: string): readonly string[] {
    const { frameBytes } = this.#options.settings;
    const most = this.#largest;
    if (!fits(text, most)) throw new RequestError('broadcast', 'MESSAGE_TOO_LARGE', `Larger than ${most} bytes`);
    if (fits(text, frameBytes)) return [text];
    // Each names the request, so that the refusal of one is told to who waits for the answer.
    return chunksOf(text, `c${++this.#chunked}`, frameBytes, requestId);
  }

  #send(frames: readonly string[]): void {
    try {
      for (const frame of frames) this.#socket.send(frame);
    } catch (error) {
      this.abandon(String(error));
    }
  }

  /** What was compressed may have been anything, also an answer that is waited for. */
  #miss(error: unknown): void {
    this.#options.onError(error);
    if (!(error instanceof FrameError && error.isCompressed)) return;
    this.#options.onUnreadable();
    this.abandon('unreadable');
  }

  #hear(message: ServerMessage): void {
    // A decompressed frame may come after the end.
    if (this.#state === 'closed') return;
    if (message.type === 'event') {
      this.#options.onEvent(message);
    } else if (message.type === 'connection') {
      this.welcome = message;
      this.#introduced.resolve();
      this.#options.onWelcome(message);
    } else if (message.type === 'reconnect') {
      const after = Math.min(Math.max(Number(message.after) || 0, 0), LONGEST_LEAVE);
      this.wantedAt = this.clock.now() + after;
      this.#leaving.resolve(after);
    } else if (message.type === 'error') {
      this.#hearError(message);
    } else {
      this.#requests.take(message);
    }
  }

  #hearError(message: ErrorMessage): void {
    const { code, message: text, retryAfter } = message.error;
    // A session that is over, or revoked, ends its connection, and says nothing of the request that it answers in passing:
    // what is under way was not taken, and is asked anew on the next.
    const isOver = code.startsWith('SESSION_');
    // Another piece of a message that was refused already is nobody's.
    if (!isOver && (this.#requests.take(message) || message.requestId !== undefined)) return;
    this.lastError = code;
    this.#options.onError(new RequestError(isOver ? 'session' : 'connection', code, text, retryAfter));
  }
}
