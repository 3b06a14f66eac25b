import { digestOf } from '../../lib/protocol/digest.ts';
import { MAX_LIST_LENGTH } from '../../lib/protocol/limits.ts';
import type { Position } from '../../lib/protocol/position.ts';
import { bytesOf } from '../../lib/protocol/utf8.ts';
import { Backoff } from './backoff.ts';
import type { ChannelTracker, ReplayRequest } from './channel-tracker.ts';
import type { Connection } from './connection.ts';
import { deferred } from './deferred.ts';
import { ConnectionLostError, RequestError } from './errors.ts';
import { isChannel } from './match/matcher.ts';
import type { Answer, Event, PongMessage, ReplaySummary } from './messages.ts';
import type { ReplayQuestion, Settings } from './options.ts';
import type { Interest, Registry } from './registry.ts';
import { replayPage } from './replay-page.ts';
import { summaryOf } from './replay-summary.ts';
import type { Subscription } from './subscription.ts';

/** Bytes of a request around its texts. */
const AROUND = 2_048;

/** Events asked for at once. */
const MOST_REPLAYED = 1_000;

export interface ReconcilerOptions {
  readonly settings: Pick<Settings, 'clock' | 'backoff' | 'gapPatience' | 'frameBytes'>;
  readonly registry: Registry;
  readonly tracker: ChannelTracker;
  readonly onError: (error: unknown) => void;
}

/** Whether the service will not do it, for another reason than a code that is its own way to go on. */
const isRefusal = (error: unknown, code: string): error is RequestError =>
  error instanceof RequestError && error.isFinal && error.code !== code;

const namesOf = (interests: readonly { readonly text: string }[]) => {
  const texts = interests.map(({ text }) => text);
  return { channels: texts.filter(isChannel), patterns: texts.filter((text) => !isChannel(text)) };
};

const eventsOf = (message: Answer): readonly Event[] => ('events' in message ? message.events : []);

const SUBSCRIPTIONS_LOST = new Error('lost');

/**
 * Reconciles one connection with what is wanted: holds the subscriptions that the registry names, and asks for whatever is
 * missing. It does one thing at a time, what it is told of meanwhile after it.
 */
export class Reconciler {
  readonly connection: Connection;
  readonly #options: ReconcilerOptions;
  readonly #backoff: Backoff;
  /** What the service holds for this connection. */
  readonly #held = new Map<string, Interest>();
  /** What it may hold as well: it was asked for, and its answer did not say. */
  readonly #unsure = new Set<Interest>();
  /** Most texts of the next request: half as many where one among them was refused and nobody knows which. */
  #most = MAX_LIST_LENGTH;
  readonly #beginning = new Set<Subscription>();
  /** Another one each time that the service holds what is wanted; undefined while that changes. */
  #steady: object | undefined;
  /** Whether the service holds more than it was asked to, or its session is another than that of the handshake. */
  #isBeyondRepair = false;
  #wantsAll = false;
  /** Patterns that were sure to be heard before, of which something may have been missed since. */
  #interrupted: readonly Interest[] = [];
  #isReplayOff = false;
  /** Whether it does what there is to do, and has been told since that there may be more. */
  #work: 'idle' | 'under way' | 'poked' = 'idle';
  #gapTimer: (() => void) | undefined;
  readonly #caughtUp = deferred<void>();

  /** @param isResuming - something may have been missed before this connection. */
  constructor(options: ReconcilerOptions, connection: Connection, isResuming: boolean) {
    this.#options = options;
    this.connection = connection;
    this.#backoff = new Backoff(options.settings);
    if (isResuming) this.#expectMissed();
    this.#caughtUp.promise.catch(() => undefined);
    void this.connection.closed.then(() => {
      this.#caughtUp.reject(new ConnectionLostError());
    });
  }

  /**
   * Resolves once it holds every subscription, nothing is missing and the service has introduced itself; rejects where the
   * connection ended first.
   */
  get caughtUp(): Promise<void> {
    return this.#caughtUp.promise;
  }

  /** What a ping is to be sent with, for `hasLost`. */
  get steady(): object | undefined {
    return this.#steady;
  }

  /**
   * Whether the service lost subscriptions that it acknowledged (clauses P-5, R-11). Where these changed meanwhile nobody can tell.
   *
   * @param steady - what it was when the service was asked.
   */
  hasLost(said: Partial<Pick<PongMessage, 'subscriptions' | 'digest'>>, steady: object | undefined): boolean {
    const { subscriptions = 0, digest } = said;
    if (steady === undefined || steady !== this.#steady) return false;
    this.#isBeyondRepair ||= subscriptions > this.#held.size;
    return subscriptions < this.#held.size || (digest !== undefined && digest !== digestOf(this.#held.keys()));
  }

  /**
   * The session was renewed. The service ended subscriptions, if any, which it does not allow any more: it says so of each
   * when it is asked.
   */
  lose(texts: readonly string[]): void {
    this.#isBeyondRepair = true;
    this.#steady = undefined;
    for (const text of texts) this.#held.delete(text);
    this.poke();
  }

  /** Something may have to be done. */
  poke(): void {
    const isIdle = this.#work === 'idle';
    this.#work = 'poked';
    if (isIdle) void this.#run();
  }

  /** Something is missing, which may yet come by itself. */
  pokeSoon(): void {
    this.#gapTimer ??= this.connection.clock.after(this.#options.settings.gapPatience, () => {
      this.#gapTimer = undefined;
      this.poke();
    });
  }

  /** Asks for everything that may have been missed, even of channels never heard of. */
  check(): void {
    this.#wantsAll = true;
    this.poke();
  }

  /** The service lost subscriptions of this connection. */
  resubscribe(): void {
    // What it holds beside would hide the next loss: nobody can tell the two apart. A new connection holds nothing. And a
    // service that lost what it knew of a connection knows the session of its handshake alone.
    if (this.#isBeyondRepair) {
      this.connection.abandon();
      return;
    }
    this.#held.clear();
    this.#steady = undefined;
    this.#expectMissed();
    this.poke();
  }

  /** Something may have been missed of all that was sure to be heard. */
  #expectMissed(): void {
    this.#wantsAll = true;
    this.#interrupted = this.#surePatterns;
    this.#options.tracker.interrupt();
  }

  async #run(): Promise<void> {
    while (this.#work === 'poked' && this.connection.isOpen) {
      this.#work = 'under way';
      try {
        while (await this.#step());
        this.#backoff.reset();
        if (this.#work === 'under way') void this.connection.introduced.then(this.#caughtUp.resolve);
      } catch (error) {
        await this.#recover(error);
        this.#work = 'poked';
      }
    }
    this.#work = 'idle';
  }

  async #recover(error: unknown): Promise<void> {
    if (error instanceof ConnectionLostError) return;
    const { code, retryAfter } = error as Partial<RequestError>;
    // A cursor that was kept too short a time is nobody’s fault: what it was to go on with is asked for anew.
    if (code !== 'INVALID_CURSOR') this.#options.onError(error);
    await this.#backoff.rest(retryAfter);
  }

  /** As many texts as fit one request. */
  #firstOf(interests: readonly Interest[]): readonly Interest[] {
    let bytes = AROUND;
    const fitting = interests.slice(0, this.#most).filter(({ text }) => {
      bytes += bytesOf(JSON.stringify(text)) + 1;
      return bytes <= this.#options.settings.frameBytes;
    });
    return fitting.length > 0 ? fitting : interests.slice(0, 1);
  }

  /** Does the next thing there is to do. @returns whether there was any. */
  async #step(): Promise<boolean> {
    const { registry, tracker } = this.#options;
    // Not while it is asked for once more: the service would take the two in any order.
    const beginning = new Set([...this.#beginning].map(({ text }) => text));
    const ended = [...this.#held.values(), ...this.#unsure].filter(
      (interest) => !registry.has(interest) && !beginning.has(interest.text),
    );
    const wanted = registry.all.filter((interest) => this.#held.get(interest.text) !== interest);
    if (ended.length > 0) await this.#unsubscribe(this.#firstOf(ended));
    else if (wanted.length > 0) await this.#subscribe(this.#firstOf(wanted));
    else {
      this.#steady ??= {};
      this.#beginSubscriptions();
      this.#wantsAll ||= tracker.isCrowded;
      if (!this.#wantsAll && !tracker.isMissing) return false;
      await tracker.inTurn(() => this.#catchUp());
    }
    return true;
  }

  async #catchUp(): Promise<void> {
    const { registry, tracker } = this.#options;
    // It may have ended while another connection had its turn.
    if (!this.connection.isOpen) throw new ConnectionLostError();
    if (!this.#wantsAll) {
      const ask = tracker.askForMissing();
      if (ask !== undefined) await this.#replay(ask);
      return;
    }
    this.#wantsAll = false;
    if (registry.size === 0) return;
    try {
      await this.#replay(tracker.askForAll());
    } catch (error) {
      this.#wantsAll = true;
      throw error;
    }
  }

  async #unsubscribe(interests: readonly Interest[]): Promise<void> {
    this.#steady = undefined;
    await this.connection.request({ type: 'unsubscribe', ...namesOf(interests) }, 'unsubscribed');
    for (const interest of interests) {
      this.#held.delete(interest.text);
      this.#unsure.delete(interest);
    }
  }

  async #subscribe(interests: readonly Interest[]): Promise<void> {
    const { registry, tracker } = this.#options;
    try {
      this.#steady = undefined;
      const asked = await this.connection.request({ type: 'subscribe', ...namesOf(interests) }, 'subscribed');
      for (const interest of interests) {
        this.#held.set(interest.text, interest);
        this.#unsure.delete(interest);
        if (registry.restored.has(interest.text)) this.#expectMissed();
      }
      this.#most = Math.min(MAX_LIST_LENGTH, 2 * this.#most);
      // Nothing from before is wanted of a channel that nobody was sure to hear until now.
      const isNew = (channel: string) => registry.matching(channel).every(({ since }) => since === undefined);
      tracker.stand(asked.positions, isNew, asked.time);
      for (const interest of interests) interest.confirm(asked.time);
    } catch (error) {
      if (!isRefusal(error, 'NOT_AVAILABLE')) {
        for (const interest of interests) this.#unsure.add(interest);
        throw error;
      }
      // One bad text refuses all, and the error quotes it (clause S-4).
      const quoted = interests.filter(({ text }) => error.message.includes(JSON.stringify(text)));
      const [culprit, ...others] = interests.length > 1 ? quoted : interests;
      if (!culprit || others.length > 0) this.#most = Math.ceil(interests.length / 2);
      else for (const subscription of culprit.wanters) subscription.refuse(error);
    }
  }

  /** Asks for what subscriptions are to begin with, each by itself, while other things go on. */
  #beginSubscriptions(): void {
    for (const subscription of this.#options.registry.wanters) {
      if (!subscription.wantsBeginning || this.#beginning.has(subscription)) continue;
      this.#beginning.add(subscription);
      void this.#begin(subscription);
    }
  }

  async #begin(subscription: Subscription): Promise<void> {
    const { initialState, replay } = subscription.options;
    // Who began anew at each refusal might never come to the end.
    let cursor: string | null | undefined;
    const hear = (message: Answer): void => {
      const how = message.type === 'state' ? 'state' : 'replay';
      // Where all is replayed that a state would show, the replay shows it.
      const until = how === 'state' && replay ? (replay.since ?? 0) : Number.POSITIVE_INFINITY;
      for (const event of eventsOf(message)) if (event.timestamp < until) subscription.hearFirst(event, how);
      if ('next' in message) cursor = message.next;
    };
    do {
      try {
        if (cursor) await this.#pages({ cursor }, hear);
        else if (replay?.last) await this.#beginWithLast(subscription, replay.last);
        else {
          const options = {
            sendInitialState: initialState,
            replayEvents: replay !== undefined,
            replaySince: replay?.since,
          };
          const question = { type: 'subscribe', ...namesOf([subscription]), options } as const;
          await this.connection.request(question, replay === undefined ? 'state' : 'replay', hear);
        }
        if (!cursor) subscription.begin();
      } catch (error) {
        if (isRefusal(error, 'INVALID_CURSOR')) subscription.refuse(error);
        else await this.#recover(error);
        if (!(error as RequestError).temporary) cursor = null;
      }
    } while (cursor);
    this.#beginning.delete(subscription);
    this.poke();
  }

  /** A page may hold fewer than are wanted: then the one before it is asked for as well. */
  async #beginWithLast(subscription: Subscription, count: number): Promise<void> {
    const { connection } = this;
    // What it can is known by then; where the connection ends before, the next one begins it.
    await connection.introduced;
    const events: Event[] = [];
    let before: Position | undefined;
    do {
      const last = count - events.length;
      const page = await replayPage(connection, { channels: [subscription.text], last, before });
      events.unshift(...page.events);
      before = page.before ?? undefined;
    } while (before && events.length < count);
    for (const event of events) subscription.hearFirst(event, 'replay');
  }

  /** Asks, and reads on until no page follows. @returns what the first page says. */
  async #pages(
    question: ReplayQuestion,
    onMessage: (message: Answer) => void,
    onPage?: (summary: ReplaySummary) => void,
  ): Promise<ReplaySummary> {
    const most = this.connection.welcome?.limits.replay;
    // As many as the service gives, within reason: who comes back must be faster than what is new.
    const limit = most && Math.min(most, MOST_REPLAYED);
    const answer = await this.connection.request({ type: 'replay', ...question, limit }, 'replay', onMessage);
    const summary = summaryOf(answer);
    onPage?.(summary);
    if (summary.next) await this.#pages({ cursor: summary.next }, onMessage, onPage);
    return summary;
  }

  async #replay(ask: ReplayRequest): Promise<void> {
    const { tracker } = this.#options;
    if (this.#isReplayOff) {
      this.#abandon(ask);
      return;
    }
    const take = (message: Answer): void => {
      for (const event of eventsOf(message)) tracker.take(event, 'replay');
    };
    const steady = this.#steady;
    const settle = (summary: ReplaySummary): void => {
      // What was answered while they changed may be of fewer.
      if (steady !== this.#steady || this.hasLost(summary, steady)) throw SUBSCRIPTIONS_LOST;
      tracker.settle(ask, summary, !summary.next);
    };
    const { positions, since, channels } = ask;
    const held = new Set(this.#held.values());
    try {
      // One channel after another: a page costs as much among any number of them. An older service passes over it.
      const { time } = await this.#pages({ positions, since, channels, order: 'channel' }, take, settle);
      // What another connection was subscribed to meanwhile was not asked for.
      const isEverything = this.#options.registry.all.every(
        (interest) => held.has(interest) || (interest.since ?? Number.POSITIVE_INFINITY) >= time,
      );
      if (channels !== undefined) return;
      this.#interrupted = [];
      if (isEverything) tracker.markComplete(time);
    } catch (error) {
      if (error === SUBSCRIPTIONS_LOST) {
        this.resubscribe();
        return;
      }
      if (!(error instanceof RequestError)) throw error;
      if (error.code === 'INVALID_MESSAGE' && since !== undefined && (await this.#isSetBackFrom(since))) return;
      if (error.code !== 'NOT_AVAILABLE') {
        if (channels !== undefined) tracker.unanswered(ask);
        if (isRefusal(error, 'INVALID_CURSOR')) tracker.narrow(ask);
        throw error;
      }
      this.#isReplayOff = true;
      this.#abandon(ask);
    }
  }

  /** The service does not replay. Of named channels it says where they stand; of a pattern nobody knows what was missed. */
  #abandon({ channels }: ReplayRequest): void {
    const { registry, tracker } = this.#options;
    tracker.abandonMissing();
    if (channels !== undefined) return;
    if (this.#interrupted.some((interest) => registry.has(interest))) tracker.missUnnamed();
    this.#interrupted = [];
  }

  get #surePatterns(): readonly Interest[] {
    return this.#options.registry.all.filter(({ text, since }) => since !== undefined && !isChannel(text));
  }

  /** Whether a time that the service gave out is in its future now: all of its clocks were set back, and it is asked anew. */
  async #isSetBackFrom(since: number): Promise<boolean> {
    const { time } = await this.connection.request({ type: 'ping' }, 'pong');
    if (time >= since) return false;
    this.#options.tracker.setBack(time);
    this.check();
    return true;
  }
}
