import { joinParts } from '../../lib/protocol/parts.ts';
import type { Clock } from './clock.ts';
import { deferred } from './deferred.ts';
import { type ConnectionLostError, RequestError } from './errors.ts';
import type { Answer, ErrorMessage, ServerMessage } from './messages.ts';

/** A request under way. */
interface Pending {
  /** Whether a message of its answer is the last. */
  readonly isLast: (message: Answer) => boolean;
  readonly take: (message: Answer) => void;
  readonly reject: (error: Error) => void;
  readonly stop: () => void;
}

const errorOf = ({ error }: ErrorMessage): RequestError =>
  new RequestError(error.code, error.message, error.retryAfter);

const isAnswer = (message: ServerMessage): message is Answer =>
  message.type !== 'event' && message.type !== 'connection' && message.type !== 'reconnect';

const isOf = <T extends Answer['type']>(message: Answer, type: T): message is Extract<Answer, { type: T }> =>
  message.type === type;

/** Events are handed out as they come, and not kept. */
const withoutEvents = <T extends Answer>(message: T): T => ('events' in message ? { ...message, events: [] } : message);

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
    /** What came of the last message so far, but for events, where it comes in parts. */
    const parts: Extract<Answer, { type: L }>[] = [];
    const isLast = (answer: Answer): boolean => isOf(answer, last) && !('final' in answer && answer.final === false);
    const take = (answer: Answer): void => {
      if (isOf(answer, last)) parts.push(withoutEvents(answer));
      onMessage(answer);
      if (isOf(answer, last) && isLast(answer)) resolve(parts.length > 1 ? joinParts(parts) : answer);
    };
    this.#pending.set(requestId, { isLast, take, reject, stop: this.#watch() });
    return promise;
  }

  /** Takes a message. @returns whether it answers a request. */
  take(message: ServerMessage): boolean {
    if (!isAnswer(message) || message.requestId === undefined) return false;
    const id = String(message.requestId);
    const pending = this.#pending.get(id);
    if (pending === undefined) return false;
    pending.stop();
    const isOver = message.type === 'error' || pending.isLast(message);
    // Before anybody is told, who may ask for more, or close the connection.
    if (isOver) this.#pending.delete(id);
    else this.#pending.set(id, { ...pending, stop: this.#watch() });
    if (message.type === 'error') pending.reject(errorOf(message));
    else this.#hand(id, pending, message);
    return true;
  }

  /** What cannot be taken in fails its request at once, rather than when nobody waits any more. */
  #hand(id: string, { take, reject }: Pending, message: Answer): void {
    try {
      take(message);
    } catch (error) {
      this.#pending.get(id)?.stop();
      this.#pending.delete(id);
      reject(error as Error);
    }
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
