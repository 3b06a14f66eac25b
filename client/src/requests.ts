import { joinParts } from '../../lib/protocol/parts.ts';
import type { Clock } from './clock.ts';
import { deferred } from './deferred.ts';
import { type ConnectionLostError, RequestError } from './errors.ts';
import type { Answer } from './messages.ts';

/** What requests are about, by the message that closes the answer. */
const ABOUT: Partial<Record<Answer['type'], RequestError['about']>> = {
  ack: 'broadcast',
  replay: 'replay',
  authenticated: 'session',
  pong: 'connection',
  compression: 'connection',
};

/** A request under way. */
interface Pending {
  /** The type of the message that closes its answer. */
  readonly last: Answer['type'];
  readonly onMessage: (message: Answer) => void;
  /** What came of the last message so far, but for events, where it comes in parts. */
  readonly parts: Answer[];
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
  stop: () => void;
}

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

  /** @returns an id that no other request has. */
  nextId(): string {
    return String(++this.#count);
  }

  /**
   * Waits for the answer to a request.
   *
   * @param last - the type of the message that closes the answer.
   * @param onMessage - given every message of the answer, the last one too.
   * @returns its answer: the last message; where it comes in parts, with what stood in the lists of all, but for events. It
   *   rejects with a RequestError where the service refused, with a ConnectionLostError where the connection ended first.
   */
  add<L extends Answer['type']>(
    requestId: string,
    last: L,
    onMessage: (message: Answer) => void = () => undefined,
  ): Promise<Extract<Answer, { type: L }>> {
    const { promise, resolve, reject } = deferred<Extract<Answer, { type: L }>>();
    this.#pending.set(requestId, { last, onMessage, parts: [], resolve, reject, stop: this.#watch() });
    return promise;
  }

  /** Takes an answer. @returns whether there is a request that it answers. */
  take(message: Answer): boolean {
    const id = String(message.requestId);
    const pending = this.#pending.get(id);
    if (!pending) return false;
    const { last, onMessage, parts, resolve, reject } = pending;
    const isLast = message.type === last && (message as { readonly final?: boolean }).final !== false;
    pending.stop();
    // Before anybody is told, who may ask for more, or close the connection.
    if (isLast || message.type === 'error') this.#pending.delete(id);
    else pending.stop = this.#watch();
    if (message.type === 'error') {
      const { code, message: text, retryAfter } = message.error;
      reject(new RequestError(ABOUT[last] ?? 'subscription', code, text, retryAfter));
      return true;
    }
    try {
      // Events are handed out as they come, and not kept.
      if (message.type === last) parts.push('events' in message ? { ...message, events: [] } : message);
      onMessage(message);
      if (isLast) resolve((parts.length > 1 ? joinParts(parts) : message) as never);
    } catch (error) {
      // What cannot be taken in fails its request at once, rather than when nobody waits any more.
      pending.stop();
      this.#pending.delete(id);
      reject(error);
    }
    return true;
  }

  /** Fails every request under way. */
  fail(error: ConnectionLostError): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(error);
  }

  #watch(): () => void {
    return this.#clock.after(this.#patience, this.#onSilence);
  }
}
