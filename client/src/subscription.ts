import type { Position } from '../../lib/protocol/position.ts';
import type { Event as EventWith } from './channels.ts';
import { deferred } from './deferred.ts';
import type { RequestError } from './errors.ts';
import type { Event, Source } from './messages.ts';

/** How an event came to a handler: as it happened, replayed, or as the latest of its channel. */
export type HowHeard = Source | 'state';

/** What is done with an event. It is called for one after the other; what it throws goes to `error`, as a HandlerError. */
export type Handler<Data = unknown> = (event: EventWith<Data>, how: HowHeard) => unknown;

/** What a subscription begins with. Where `positions` of `connect()` go on with its text, it begins there, whatever these say. */
export interface SubscribeOptions {
  /** Begin with the latest event of every channel that matches. */
  readonly initialState?: boolean;
  /** Ends it, as `unsubscribe()` does; where it was not ready, that rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Begin with what was appended at `since` (ms since 1970) or later; with all that is kept, where absent. Or, of one channel,
   * with the `last` of its own events, so many at the most, up to the service's `limits.replay`: `initialState` adds nothing to these.
   */
  readonly replay?:
    | { readonly since?: number; readonly last?: undefined }
    | { readonly last: number; readonly since?: undefined };
}

/** What a subscription tells and asks of its client. */
interface Listener {
  /** The service refused it, or has ended it. */
  readonly refused: (subscription: Subscription, cause: RequestError) => void;
  /** The handler threw, or what it returned rejected. */
  readonly failed: (subscription: Subscription, event: Event, cause: unknown) => void;
  readonly end: (subscription: Subscription) => void;
  readonly introduced: () => Promise<void>;
}

const keyOf = ({ channel, private: mine }: Event): string => `${mine === true ? 'private ' : ''}${channel}`;

/**
 * One handler on a channel or pattern. Events are kept back until it has begun: until the service has it durably, and
 * what it asked to begin with was heard.
 */
export class Subscription {
  /** The channel or pattern. */
  readonly text: string;
  readonly options: SubscribeOptions;
  /**
   * Resolves once everything that happens from now on is heard, and the service has introduced itself; rejects where the
   * service refused.
   */
  readonly ready: Promise<void>;

  readonly #handler: Handler;
  readonly #on: Listener;
  readonly #ready = deferred<void>();
  /** @internal What is kept back until it has begun; undefined where nothing is. */
  waiting: [Event, Source][] | undefined;
  /** Says since when the service has it durably, once it has. */
  #held: { readonly since: number | undefined } | undefined;
  #ended = false;
  /** Sequences of which something was heard from before the service had it. */
  readonly #heardEarly = new Set<string>();
  /** Up to where each sequence was heard before the stream began. */
  readonly #heardTo = new Map<string, Position>();

  /** @internal */
  constructor(text: string, handler: Handler, options: SubscribeOptions, on: Listener) {
    this.text = text;
    this.options = options;
    this.#handler = handler;
    this.#on = on;
    this.ready = this.#ready.promise;
    // Nobody need wait for it: what is refused is told as an error, too.
    this.ready.catch(() => undefined);
  }

  /** It was unsubscribed, or refused. */
  get hasEnded(): boolean {
    return this.#ended;
  }

  /** @internal The service has it, and it waits for what it begins with. */
  get wantsBeginning(): boolean {
    return !!(this.waiting && this.#held);
  }

  /** Hears nothing more from now on. */
  unsubscribe(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#ready.resolve();
    this.#on.end(this);
  }

  /** @internal It is refused, which is told: nobody need wait for it to be ready, and it may have been ready long ago. */
  refuse(error: RequestError): void {
    if (this.#ended) return;
    this.drop(error);
    this.#on.refused(this, error);
  }

  /** @internal Ends it, with its client. */
  drop(error: unknown): void {
    this.#ready.reject(error);
    this.unsubscribe();
  }

  /** @internal Begins anew, for another user: what was heard, or waits, is of the one before. */
  restart(): void {
    this.#held = undefined;
    this.#heardEarly.clear();
    this.#heardTo.clear();
  }

  /** @internal The service has it durably, since the time that `held` says. */
  confirm(held: { readonly since: number | undefined }): void {
    this.#held = held;
    // What goes on where another was begins behind that, whatever it would begin with where none was.
    if (!this.waiting || !(this.options.initialState || this.options.replay)) this.begin();
  }

  /** @internal Hears an event of what it begins with, which is heard once whatever comes twice. */
  hearFirst(event: Event, how: 'replay' | 'state'): void {
    if (!this.#held || this.#wasHeard(event)) return;
    this.#heardTo.set(keyOf(event), event);
    this.#call(event, how);
  }

  /** @internal What it begins with has been heard: the stream follows. */
  begin(): void {
    // Its handler may go on as another user, who has heard nothing yet.
    for (const each of this.waiting ?? []) if (this.#held) this.#hear(...each);
    if (!this.#held) return;
    this.waiting = undefined;
    void this.#on.introduced().then(this.#ready.resolve);
  }

  /** @internal Hears an event of the stream. */
  hear(...heard: [Event, Source]): void {
    if (this.waiting) this.waiting.push(heard);
    else this.#hear(...heard);
  }

  #hear(event: Event, source: Source): void {
    if (event.timestamp < (this.#held?.since as number)) {
      // Replayed for others, from before this one was; unless it follows what was heard all the same, as it happened.
      if (source === 'replay' && !this.#heardEarly.has(keyOf(event))) return;
      this.#heardEarly.add(keyOf(event));
    }
    if (this.#heardTo.size > 0 && this.#wasHeard(event)) return;
    this.#call(event, source);
  }

  #wasHeard(event: Event): boolean {
    const heard = this.#heardTo.get(keyOf(event));
    return heard !== undefined && heard.epoch === event.epoch && event.offset <= heard.offset;
  }

  #call(event: Event, how: HowHeard): void {
    if (this.#ended) return;
    const fail = (cause: unknown): void => this.#on.failed(this, event, cause);
    try {
      const done = this.#handler(event, how);
      // A promise of whatever make.
      if (typeof (done as PromiseLike<unknown> | null | undefined)?.then === 'function')
        Promise.resolve(done).catch(fail);
    } catch (cause) {
      fail(cause);
    }
  }
}
