import { joinParts } from '../../lib/protocol/parts.ts';
import type { Clock } from './clock.ts';
import { type ConnectionLostError, RequestError } from './errors.ts';
import type { ClientRequest, ErrorMessage, ServerMessage } from './messages.ts';

/** A request under way. */
interface Pending {
  /** The type of the message that closes the answer. */
  readonly last: ServerMessage['type'];
  readonly onMessage: (message: ServerMessage) => void;
  readonly resolve: (message: ServerMessage) => void;
  readonly reject: (error: Error) => void;
  readonly stop: () => void;
  /** What came of the last message so far, but for events, where it comes in parts. */
  readonly parts: ServerMessage[];
}

/** The request with the id it goes by. */
export type NumberedRequest = ClientRequest & { readonly requestId: string };

const errorOf = ({ error }: ErrorMessage): RequestError =>
  new RequestError(error.code, error.message, error.retryAfter);

/** Events are handed out as they come, and not kept. */
const withoutEvents = (message: ServerMessage): ServerMessage =>
  'events' in message ? { ...message, events: [] } : message;

/** Finds for each answer the request it answers. */
export class Requests {
  readonly #clock: Clock;
  readonly #patience: number;
  readonly #onSilence: () => void;
  readonly #pending = new Map<string, Pending>();
  #count = 0;

  /**
   * @param patience - milliseconds between a request and its answer, or between two frames of an answer.
   * @param onSilence - told when a request was not answered in that time.
   */
  constructor(clock: Clock, patience: number, onSilence: () => void) {
    this.#clock = clock;
    this.#patience = patience;
    this.#onSilence = onSilence;
  }

  /**
   * Numbers a request and waits for its answer.
   *
   * @param last - the type of the message that closes the answer.
   * @param onMessage - given every message of the answer, the last one too.
   * @returns the request to send, and its answer: the last message; where it comes in parts, with what stood in the lists
   *   of all, but for events. It rejects with a RequestError where the service
   *   refused, with a ConnectionLostError where the connection ended first.
   */
  add<T extends ServerMessage['type']>(
    message: ClientRequest,
    last: T,
    onMessage: (message: ServerMessage) => void = () => undefined,
  ): { readonly request: NumberedRequest; readonly answer: Promise<Extract<ServerMessage, { type: T }>> } {
    const requestId = String(++this.#count);
    const { promise, resolve, reject } = Promise.withResolvers<ServerMessage>();
    this.#pending.set(requestId, { last, onMessage, resolve, reject, stop: this.#watch(), parts: [] });
    return {
      request: { ...message, requestId },
      answer: promise as Promise<Extract<ServerMessage, { type: T }>>,
    };
  }

  /** Takes a message. @returns whether it answers a request. */
  take(message: ServerMessage): boolean {
    const id = String(message.requestId);
    const pending = message.requestId === undefined ? undefined : this.#pending.get(id);
    if (pending === undefined) return false;
    pending.stop();
    if (message.type === 'error') {
      this.#pending.delete(id);
      pending.reject(errorOf(message));
      return true;
    }
    const { last, parts } = pending;
    if (message.type === last) parts.push(withoutEvents(message));
    if (message.type === last && !('final' in message && message.final === false)) {
      this.#pending.delete(id);
      pending.onMessage(message);
      pending.resolve(parts.length > 1 ? joinParts(parts) : message);
      return true;
    }
    this.#pending.set(id, { ...pending, stop: this.#watch() });
    pending.onMessage(message);
    return true;
  }

  /** Fails every request under way. */
  fail(error: ConnectionLostError): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject, stop } of pending) {
      stop();
      reject(error);
    }
  }

  #watch(): () => void {
    return this.#clock.after(this.#patience, this.#onSilence);
  }
}
