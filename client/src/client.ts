import { abortable, onAbort } from './abortable.ts';
import { assertChannelOrPattern } from './channel-name.ts';
import { ChannelTracker, type HeardCounts } from './channel-tracker.ts';
import type { AnyChannels, DataOf, Known } from './channels.ts';
import type { Connection } from './connection.ts';
import { ConnectionManager } from './connection-manager.ts';
import { assertConnectable, assertOptions } from './development.ts';
import { Emitter } from './emitter.ts';
import { ClosedError, ConnectionLostError, Failure, RequestError, UserChangedError } from './errors.ts';
import { canInflate } from './inflate.ts';
import type { CompressionMessage, ConnectionMessage } from './messages.ts';
import { onNetworkChange } from './network-change.ts';
import { newId } from './new-id.ts';
import {
  type BroadcastOptions,
  type ClientEvents,
  type ConnectOptions,
  type HistoryOptions,
  type HistoryPage,
  type ReplayAnswer,
  type ReplayQuestion,
  type State,
  settingsOf,
} from './options.ts';
import { Outbox } from './outbox.ts';
import { Registry } from './registry.ts';
import { replayPage } from './replay-page.ts';
import type { SavedPositions } from './saved-positions.ts';
import { serializeBroadcast } from './serialized-broadcast.ts';
import { type Handler, type SubscribeOptions, Subscription } from './subscription.ts';
import { HandlerError, SubscriptionError } from './subscription-errors.ts';
import type { Timers } from './timers.ts';
import { type ToldError, toldOf } from './told-error.ts';

/** What a client is and has in the name of one user. */
interface Session {
  readonly clock: Timers;
  readonly registry: Registry;
  readonly tracker: ChannelTracker;
  readonly outbox: Outbox;
  readonly manager: ConnectionManager;
}

/**
 * A client that stays connected: it reconnects, resumes where it was, and hears every event of a channel once and in
 * order. What it cannot hear any more it declares as a `gap`.
 *
 * @typeParam Channels - the type of the data of each channel, by channels and patterns. With such a map a text that none of
 *   its entries fits is an error of types.
 */
export class Client<Channels extends object = AnyChannels> {
  readonly #listeners = new Emitter<ClientEvents>();
  /** Hears no more of what the page says of itself. */
  readonly #ignoreNetwork: () => void;
  #options: ConnectOptions;
  #session: Session;
  #isIdle = true;
  #isTelling = false;

  constructor(options: ConnectOptions) {
    this.#options = options;
    this.#session = this.#open();
    // It may throw: then nobody listens.
    if (options.connect !== false) this.connect();
    this.#ignoreNetwork = onNetworkChange((sign) => this.#session.manager.awake(sign));
  }

  /** All that is of one user, of which nothing goes over to the next. */
  #open(): Session {
    const options = this.#options;
    const settings = settingsOf(options);
    const { clock, clockSkew, maxChannels } = settings;
    // What is told of a user who was here before is nobody’s.
    const emit = <Name extends keyof ClientEvents>(name: Name, value: ClientEvents[Name]): void => {
      if (this.#session === session) this.#listeners.emit(name, value);
    };
    const registry = new Registry(options.expressions);
    const tracker = new ChannelTracker(registry, clockSkew, maxChannels, (gap) => emit('gap', gap));
    if (options.positions) tracker.saved = options.positions;
    const outbox = new Outbox(settings);
    const manager = new ConnectionManager({
      options,
      settings,
      registry,
      tracker,
      outbox,
      onState: (state) => emit('state', state),
      onError: (error) => {
        if (this.state !== 'closed') emit('error', toldOf(error));
      },
      onWelcome: (message) => emit('connection', message),
      onEnd: () => this.#end(session),
    });
    const session = { clock, registry, tracker, outbox, manager };
    return session;
  }

  get state(): State {
    const { state } = this.#session.manager;
    return this.#isIdle && state !== 'closed' ? 'idle' : state;
  }

  /**
   * Connects where that was put off by `connect: false`; else it does nothing.
   *
   * @throws TypeError where the runtime has no WebSocket and none is given.
   */
  connect(): void {
    if (this.state !== 'idle') return;
    if (this.#options.webSocket === undefined && globalThis.WebSocket === undefined) {
      throw new TypeError('No WebSocket: set webSocket');
    }
    this.#isIdle = false;
    void this.#session.manager.run();
    this.#listeners.emit('state', this.state);
  }

  /**
   * Goes on as another user, from now on: the connection of the one before is closed, and another is made. Of the one before
   * nothing stays: positions, what was kept back, `counts`. What that user wrote and was not sent is rejected with a
   * UserChangedError, as are questions that were not answered; what was sent and not acknowledged with an OutcomeUnknownError.
   * Subscriptions stay, and begin anew with what their options say; one that the new user may not have is refused.
   *
   * @param who - `user` and `token` as for `connect`, each as it was where it is left out; and `positions` of the new user.
   * @throws ClosedError
   */
  setUser(who: Pick<ConnectOptions, 'user' | 'token' | 'positions'>): void {
    assertOptions(who, 'setUser()');
    if (this.state === 'closed') throw new ClosedError();
    const isIdle = this.#isIdle;
    const { registry, manager, outbox } = this.#session;
    this.#options = { ...this.#options, positions: undefined, ...who };
    const session = this.#open();
    this.#session = session;
    this.#isIdle = true;
    for (const subscription of registry.wanters) {
      registry.remove(subscription);
      subscription.restart();
      session.registry.add(subscription);
    }
    outbox.close(new UserChangedError());
    manager.close();
    if (!isIdle) this.connect();
  }

  /**
   * What the service said of itself on the present connection. It is set once `connected()` or the `ready` of a subscription
   * has resolved, for as long as that connection lives; only where its greeting was lost it is not.
   */
  get connection(): ConnectionMessage | undefined {
    return this.#session.manager.connection?.welcome;
  }

  /** What has happened so far. */
  get counts(): Readonly<HeardCounts> & { readonly connections: number; readonly unacknowledged: number } {
    const { tracker, manager, outbox } = this.#session;
    return { ...tracker.counts, connections: manager.connections, unacknowledged: outbox.size };
  }

  /**
   * Where this client stands in all that it hears, for the `positions` of another, which then hears what came since. Taken
   * in a handler it stands behind the event of that call.
   *
   * @returns what JSON can hold.
   */
  exportPositions(): SavedPositions {
    return this.#session.tracker.saved;
  }

  /** @returns what ends it again. */
  on<Name extends keyof ClientEvents>(name: Name, listener: (value: ClientEvents[Name]) => void): () => void {
    assertOptions({ [name]: listener ?? null }, 'on()');
    return this.#listeners.on(name, listener);
  }

  /**
   * Resolves when the state is `connected`; rejects with a ClosedError once it is `closed`, and with what its `signal` was aborted
   * with: the client goes on connecting.
   */
  connected(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    assertOptions(options, 'connected()');
    const { signal } = options;
    return this.#told(() => abortable(signal, () => this.#until()));
  }

  /**
   * Hears what is published to a channel, or to the channels that a pattern matches, from now on or from where the
   * options say, until it is unsubscribed or the client closed.
   *
   * @param text - a channel or a pattern.
   * @typeParam Data - of its events, where the caller says it for this subscription alone.
   * @throws TypeError for a handler that is no function.
   */
  subscribe<Data = never>(
    text: [Data] extends [never] ? never : string,
    handler: Handler<NoInfer<Data>>,
    options?: SubscribeOptions,
  ): Subscription;
  /** The same, where the map of channels says what the data is. */
  subscribe<const Text extends string>(
    text: Known<Channels, Text>,
    handler: Handler<DataOf<Channels, Text>>,
    options?: SubscribeOptions,
  ): Subscription;
  subscribe(text: string, handler: Handler<never>, options: SubscribeOptions = {}): Subscription {
    if (typeof handler !== 'function') throw new TypeError('No handler');
    assertOptions(options, 'subscribe()');
    assertOptions(options.replay ?? {}, 'replay of subscribe()');
    const subscription = new Subscription(text, handler as Handler, options, {
      refused: (...refused) => this.#listeners.emit('error', new SubscriptionError(...refused)),
      failed: (...failed) => this.#listeners.emit('error', new HandlerError(...failed)),
      end: (ended) => {
        ignore();
        this.#forget(ended);
      },
      introduced: () => this.#session.manager.introduced,
    });
    const { signal } = options;
    const ignore = onAbort(signal, (reason) => subscription.drop(reason));
    if (this.state === 'closed' || signal?.aborted) {
      subscription.drop(signal?.aborted ? signal.reason : new ClosedError());
      return subscription;
    }
    try {
      assertChannelOrPattern(text, true);
      this.#session.registry.add(subscription);
      this.#session.manager.poke();
    } catch (error) {
      const refusal =
        error instanceof RequestError ? error : new RequestError('subscription', 'INVALID_PATTERN', String(error));
      // Once the caller has the subscription that the error is about.
      queueMicrotask(() => subscription.refuse(refusal));
    }
    return subscription;
  }

  /**
   * Publishes to a channel. While there is no connection it waits its turn; where the answer is lost it is sent again
   * with the same id, which the service does not publish twice.
   *
   * @param data - any JSON value; it may be changed once this has returned.
   * @returns resolves once the service has it safe. Rejects with a RequestError where it is refused, or cannot be written
   *   as JSON without becoming something else (`path` says where), an OutcomeUnknownError where no answer came for five
   *   minutes, an OutboxFullError, or a ClosedError.
   */
  broadcast<const Text extends string>(
    channel: Known<Channels, Text>,
    data: DataOf<Channels, Text>,
    options: BroadcastOptions = {},
  ): Promise<{ readonly id: string }> {
    const { clock, outbox } = this.#session;
    const { id = newId(clock.random.bind(clock)), signal, ...rest } = options;
    const work = async () => outbox.add(serializeBroadcast({ type: 'broadcast', channel, data, id, ...rest }), signal);
    // One with a number is in a store, which sends it again.
    return this.#told(work, 'sequence' in rest ? RequestError : Failure);
  }

  /**
   * Asks for what was published to what this client is subscribed to. The events go to the caller, not to handlers.
   *
   * @param options - a `signal` calls it off, also while there is no connection.
   * @returns one answer; where it is truncated, `replay({cursor: next})` goes on.
   * @throws RequestError where it is refused; ClosedError; what the signal was aborted with.
   */
  replay(question: ReplayQuestion, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<ReplayAnswer> {
    assertOptions(options, 'replay()');
    const { signal } = options;
    return this.#told(() => this.#ask(signal, (connection) => replayPage(connection, question)));
  }

  /**
   * Reads the history of a channel backwards, whether or not this client is subscribed to it. The events go to the caller, and
   * what handlers hear does not depend on it.
   *
   * @param options - how many events at the most, before which place, and a `signal` that calls it off.
   * @returns the latest of them, the latest last. Where there is more, `history(channel, {before})` with the `before` of this
   *   page goes on; it is null where nothing earlier is kept, and `recovered` says whether that is the beginning.
   * @throws RequestError where it is refused, NOT_AVAILABLE where the service is too old for it; ClosedError; what the signal was
   *   aborted with.
   */
  history<const Text extends string>(
    channel: Known<Channels, Text>,
    options: HistoryOptions = {},
  ): Promise<HistoryPage<DataOf<Channels, Text>>> {
    assertOptions(options, 'history()');
    const { signal, last = 50, ...rest } = options;
    const page = this.replay({ channels: [channel], last, ...rest }, { signal });
    // What the data is the map of channels says, and nobody has looked.
    return page as Promise<HistoryPage<DataOf<Channels, Text>>>;
  }

  /**
   * Switches the compression of large frames from the service, for this connection and those that follow.
   *
   * @param options - a `signal` calls it off; what was sent by then holds for this connection alone.
   * @throws RequestError where it is refused; ClosedError; what the signal was aborted with.
   */
  compression(
    wish: { readonly enable: boolean; readonly level?: number },
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<CompressionMessage> {
    assertOptions(wish, 'a wish of compression()');
    assertOptions(options, 'compression()');
    const { signal } = options;
    return this.#told(async () => {
      if (wish.enable && !canInflate()) throw new RequestError('connection', 'NOT_AVAILABLE', 'Cannot decompress here');
      const manager = this.#session.manager;
      const answer = await this.#ask(signal, (connection) =>
        connection.request({ type: 'compression', ...wish }, 'compression'),
      );
      const others = manager.capabilities.filter((name) => name !== 'compression');
      manager.capabilities = answer.enabled ? [...others, 'compression'] : others;
      return answer;
    });
  }

  /**
   * Does at once what the page’s own signs do (`online`, `visibilitychange` and their like): who waits for the next attempt
   * makes it now; a connection is asked whether it lives, and another made unless it answers within 5 s.
   */
  reconnect(): void {
    this.#session.manager.awake();
  }

  /** Closes the connection for good. Broadcasts that were not acknowledged are rejected. */
  async close(): Promise<void> {
    this.#session.manager.close();
    await this.#session.manager.closed();
  }

  /**
   * Does what nobody need wait for: what it rejects with is told, too, where it is of that kind. What is not was called off by
   * the caller.
   */
  #told<T>(work: () => Promise<T>, kind: abstract new (...args: never) => Error = RequestError): Promise<T> {
    // What a listener asks for that is told of a failure would be told to it without end.
    const isToldToItself = this.#isTelling;
    const done = work();
    done.catch((error: unknown) => {
      if (isToldToItself || !(error instanceof kind)) return;
      this.#isTelling = true;
      this.#listeners.emit('error', error as ToldError);
      this.#isTelling = false;
    });
    return done;
  }

  /** Asks what may be asked twice: on a connection that is caught up, and where it ends before the answer, on the next. */
  async #ask<T>(signal: AbortSignal | undefined, ask: (connection: Connection) => Promise<T>): Promise<T> {
    return abortable(signal, async () => {
      const session = this.#session;
      for (;;) {
        await this.#until(session);
        // It may have been called off while it waited for a connection.
        signal?.throwIfAborted();
        const { connection } = session.manager;
        // It may have ended just now.
        if (!connection) continue;
        try {
          return await ask(connection);
        } catch (error) {
          if (!(error instanceof ConnectionLostError)) throw error;
        }
      }
    });
  }

  /** Resolves when the state is `connected`; rejects once it is `closed`, or another user’s. */
  async #until(session?: Session): Promise<void> {
    for (;;) {
      if (session && this.#session !== session) throw new UserChangedError();
      if (this.state === 'connected') return;
      if (this.state === 'closed') throw new ClosedError();
      await new Promise<void>((resolve) => {
        const off = this.on('state', () => {
          off();
          resolve();
        });
      });
    }
  }

  /** Nothing will be sent or heard any more, by that user or by any. */
  #end(session: Session): void {
    session.outbox.close(new ClosedError());
    session.clock.close();
    if (this.#session !== session) return;
    this.#ignoreNetwork();
    for (const subscription of session.registry.wanters) subscription.drop(new ClosedError());
  }

  #forget(subscription: Subscription): void {
    const { registry, tracker, manager } = this.#session;
    if (!registry.remove(subscription)) return;
    tracker.forgetUnheard();
    manager.poke();
  }
}

/**
 * Connects to the service. The client connects, and goes on trying, by itself; nothing need be awaited.
 *
 * @typeParam Channels - the type of the data of each channel, by channels and patterns; of any channel, unknown data, unless
 *   named.
 * @throws TypeError for an address that is no URL or has no scheme, for a duration that is none, for an option that there is not, or where the runtime has no WebSocket and none is given.
 */
export const connect = <Channels extends object = AnyChannels>(options: ConnectOptions): Client<Channels> => {
  assertConnectable(options);
  return new Client<Channels>(options);
};
