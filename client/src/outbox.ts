import { bytesOf } from '../../lib/protocol/utf8.ts';
import { onAbort } from './abortable.ts';
import { Backoff, type BackoffSettings } from './backoff.ts';
import { deferred } from './deferred.ts';
import { ClosedError, type ConnectionLostError, OutboxFullError, OutcomeUnknownError, RequestError } from './errors.ts';
import type { SerializedBroadcast } from './serialized-broadcast.ts';

/** Milliseconds for which the service remembers the id of a broadcast, at the least. */
const IDEMPOTENCY_WINDOW = 300_000;
/** Milliseconds before the end of the window after which nothing is sent again: it has yet to arrive. */
const MARGIN = 20_000;

/** What carries broadcasts. */
export interface Carrier {
  /** Broadcasts that it takes in one frame. */
  readonly batch: number;
  /** Bytes of one frame. */
  readonly mostBytes: number;
  /** Whether it has not ended: over one that has, everything would be sent again at once, without end. */
  readonly isOpen: boolean;
  /**
   * Sends broadcasts in one frame.
   *
   * @returns the answer to each; it rejects with a RequestError or a ConnectionLostError.
   */
  send(messages: readonly SerializedBroadcast[]): readonly Promise<{ readonly id: string }>[];
}

interface Waiting {
  readonly message: SerializedBroadcast;
  /** Bytes of it as it is sent, about. */
  readonly size: number;
  readonly resolve: (acked: { readonly id: string }) => void;
  readonly reject: (error: unknown) => void;
  /** When it was first sent, ms since 1970. */
  sentAt: number | undefined;
  stop: (() => void) | undefined;
}

/** Bytes that a `requestId` and its surroundings add. */
const AROUND = 64;

const TOO_LARGE = 1009;

/** A gateway that takes no frame so large closes the connection, and would do so again. */
const meaningOf = (error: RequestError | ConnectionLostError, frameLength: number) =>
  'closeCode' in error && error.closeCode === TOO_LARGE && frameLength === 1
    ? new RequestError('broadcast', 'MESSAGE_TOO_LARGE', 'Larger than a frame')
    : error;

export interface OutboxSettings extends BackoffSettings {
  /** Most broadcasts that may wait. */
  readonly maxOutbox: number;
}

/**
 * Broadcasts on their way, in the order in which they were made. One frame is in flight at a time, and what piles up
 * behind it goes into the next: so their order holds, and throughput too. One whose answer did not come is sent again
 * with the same id, for as long as the service is sure to remember it.
 */
export class Outbox {
  readonly #settings: OutboxSettings;
  readonly #backoff: Backoff;
  #waiting: Waiting[] = [];
  #inFlight: readonly Waiting[] = [];
  #carrier: Carrier | undefined;
  /** Takes over once nothing is in flight. */
  #successor: Carrier | undefined;
  #isPausing = false;
  #isClosed = false;
  /** What became of the frame that was sent last. */
  #outcomes: Promise<readonly PromiseSettledResult<{ readonly id: string }>[]> | undefined;

  constructor(settings: OutboxSettings) {
    this.#settings = settings;
    this.#backoff = new Backoff(settings);
  }

  /** Broadcasts that were not acknowledged yet. */
  get size(): number {
    return this.#waiting.length + this.#inFlight.length;
  }

  /**
   * Queues a broadcast.
   *
   * @param signal - takes it back, as long as it was not sent; from then on it is not sent again, and its outcome is unknown.
   * @returns resolves once the service has it safe; rejects with a RequestError where it is refused, an
   *   OutcomeUnknownError, an OutboxFullError, a ClosedError, or what the signal was aborted with.
   */
  async add(message: SerializedBroadcast, signal?: AbortSignal): Promise<{ readonly id: string }> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw new ClosedError();
    if (this.size >= this.#settings.maxOutbox) throw new OutboxFullError(this.size);
    const { promise, resolve, reject } = deferred<{ readonly id: string }>();
    const size = bytesOf(message.text) + AROUND;
    const waiting: Waiting = { message, size, resolve, reject, sentAt: undefined, stop: undefined };
    this.#waiting.push(waiting);
    const ignore = onAbort(signal, (reason) =>
      this.#giveUp(waiting, waiting.sentAt === undefined ? reason : undefined),
    );
    this.#send();
    return promise.finally(ignore);
  }

  /** Sends over this carrier from now on. */
  attach(carrier: Carrier): void {
    this.#carrier = carrier;
    this.#successor = undefined;
    this.#send();
  }

  /** The carrier is gone; what was in flight is sent again over the next. */
  detach(carrier: Carrier): void {
    if (this.#successor === carrier) this.#successor = undefined;
    if (this.#carrier !== carrier) return;
    this.#carrier = this.#successor;
    this.#successor = undefined;
    this.#send();
  }

  /** Goes over to another carrier. @returns resolves when the old one carries nothing any more. */
  async moveTo(carrier: Carrier): Promise<void> {
    this.#successor = carrier;
    if (this.#inFlight.length > 0) await this.#outcomes;
    else this.attach(carrier);
  }

  /** Rejects everything: what was never sent with that error, what was sent as of unknown outcome. */
  close(error: Error): void {
    this.#isClosed = true;
    for (const each of [...this.#inFlight, ...this.#waiting]) {
      this.#fail(each, each.sentAt === undefined ? error : new OutcomeUnknownError(each.message.id));
    }
    this.#waiting = [];
  }

  #send(): void {
    if (!this.#carrier?.isOpen || this.#inFlight.length > 0 || this.#isPausing || this.#isClosed) return;
    const frame = this.#nextFrame(this.#carrier);
    if (frame.length === 0) return;
    this.#inFlight = frame;
    this.#waiting.splice(0, frame.length);
    const now = this.#settings.clock.now();
    for (const each of frame) {
      each.sentAt ??= now;
      each.stop ??= this.#settings.clock.after(IDEMPOTENCY_WINDOW, () => this.#giveUp(each));
    }
    this.#outcomes = Promise.allSettled(this.#carrier.send(frame.map(({ message }) => message)));
    void this.#outcomes.then((outcomes) => this.#take(frame, outcomes));
  }

  #nextFrame({ batch, mostBytes }: Carrier): Waiting[] {
    this.#dropOld();
    const frame: Waiting[] = [];
    let bytes = AROUND;
    for (const each of this.#waiting) {
      bytes += each.size;
      if (frame.length === batch || (frame.length > 0 && bytes > mostBytes)) break;
      frame.push(each);
    }
    return frame;
  }

  /** What was sent so long ago that it could be published twice waits for nothing any more. */
  #dropOld(): void {
    const latest = this.#settings.clock.now() - IDEMPOTENCY_WINDOW + MARGIN;
    const old = this.#waiting.filter(({ sentAt }) => sentAt !== undefined && sentAt <= latest);
    for (const each of old) this.#giveUp(each);
  }

  #giveUp(each: Waiting, error: unknown = new OutcomeUnknownError(each.message.id)): void {
    this.#waiting = this.#waiting.filter((other) => other !== each);
    this.#fail(each, error);
  }

  #finish(each: Waiting): void {
    each.stop?.();
    each.stop = undefined;
  }

  #fail(each: Waiting, error: unknown): void {
    this.#finish(each);
    each.reject(error);
  }

  async #take(
    frame: readonly Waiting[],
    outcomes: readonly PromiseSettledResult<{ readonly id: string }>[],
  ): Promise<void> {
    const again: Waiting[] = [];
    let failure: RequestError | undefined;
    outcomes.forEach((outcome, i) => {
      const each = frame[i] as Waiting;
      if (outcome.status === 'fulfilled') {
        this.#finish(each);
        each.resolve({ id: outcome.value.id });
        return;
      }
      const error = meaningOf(outcome.reason, frame.length);
      if (error.isFinal !== false) {
        this.#fail(each, error);
        return;
      }
      if (error instanceof RequestError) failure = error;
      again.push(each);
    });
    this.#inFlight = [];
    if (this.#isClosed) return;
    // One that was given up meanwhile has no timer any more.
    this.#waiting.unshift(...again.filter(({ stop }) => stop !== undefined));
    if (this.#successor) this.#carrier = this.#successor;
    this.#successor = undefined;
    if (!failure) this.#backoff.reset();
    else {
      this.#isPausing = true;
      await this.#backoff.rest(failure.retryAfter);
      this.#isPausing = false;
    }
    this.#send();
  }
}
