import type { Capability } from '../../lib/protocol/capabilities.ts';
import { MAX_FRAME_BYTES } from '../../lib/protocol/limits.ts';
import { Backoff } from './backoff.ts';
import { pause } from './clock.ts';
import { afterClosing } from './closing.ts';
import { Connection } from './connection.ts';
import { ClosedError, ConnectionLostError, RequestError } from './errors.ts';
import { Heard, type HeardCounts } from './heard.ts';
import { startHeartbeat } from './heartbeat.ts';
import { Link } from './link.ts';
import { Listeners } from './listeners.ts';
import type { CompressionMessage, ConnectionMessage, Event, ReplaySummary, ServerMessage } from './messages.ts';
import {
  type BroadcastOptions,
  type ClientEvents,
  type ConnectOptions,
  type ReplayAnswer,
  type ReplayQuestion,
  type Settings,
  type State,
  settingsOf,
} from './options.ts';
import { type Carrier, Outbox } from './outbox.ts';
import { Registry } from './registry.ts';
import { type Handler, type SubscribeOptions, Subscription } from './subscription.ts';
import type { SocketClosed } from './web-socket.ts';

/** Milliseconds after which a replacement that failed is tried again. */
const REPLACEMENT_RETRY = 10_000;

/**
 * A client that stays connected: it reconnects, resumes where it was, and hears every event of a channel once and in
 * order. What it cannot hear any more it declares as a `gap`.
 */
export class Client {
  readonly #options: ConnectOptions;
  readonly #settings: Settings;
  readonly #listeners = new Listeners<ClientEvents>();
  readonly #registry = new Registry();
  readonly #heard: Heard;
  readonly #outbox: Outbox;
  readonly #backoff: Backoff;
  readonly #links = new Set<Link>();
  #current: Link | undefined;
  #state: State = 'connecting';
  #connections = 0;
  #capabilities: readonly Capability[];
  readonly #closing = Promise.withResolvers<void>();

  constructor(options: ConnectOptions) {
    this.#options = options;
    this.#settings = settingsOf(options);
    this.#capabilities = this.#settings.capabilities;
    const { clock, backoff, clockSkew, maxOutbox } = this.#settings;
    this.#backoff = new Backoff(clock, backoff);
    this.#heard = new Heard(this.#registry, clockSkew, (gap) => this.#listeners.tell('gap', gap));
    this.#outbox = new Outbox({ clock, backoff: new Backoff(clock, backoff), most: maxOutbox });
    void this.#run();
  }

  get state(): State {
    return this.#state;
  }

  /** What the service said of itself on the present connection. */
  get connection(): ConnectionMessage | undefined {
    return this.#current?.connection.welcome;
  }

  /** What has happened so far. */
  get counts(): Readonly<HeardCounts> & { readonly connections: number; readonly unacknowledged: number } {
    return { ...this.#heard.counts, connections: this.#connections, unacknowledged: this.#outbox.size };
  }

  /** @returns what ends it again. */
  on<Name extends keyof ClientEvents>(name: Name, listener: (value: ClientEvents[Name]) => void): () => void {
    return this.#listeners.on(name, listener);
  }

  /** Resolves when the state is `connected`; rejects with a ClosedError once it is `closed`. */
  async connected(): Promise<void> {
    while (this.#state !== 'connected') {
      if (this.#state === 'closed') throw new ClosedError('The client is closed');
      await new Promise<void>((resolve) => {
        const off = this.on('state', () => {
          off();
          resolve();
        });
      });
    }
  }

  /**
   * Hears what is published to a channel, or to the channels that a pattern matches, from now on or from where the
   * options say, until it is unsubscribed or the client closed.
   *
   * @param text - a channel or a pattern.
   */
  subscribe(text: string, handler: Handler, options: SubscribeOptions = {}): Subscription {
    const subscription = new Subscription(text, handler, options, {
      failure: (error) => this.#listeners.tell('error', error),
      end: (ended) => this.#forget(ended),
    });
    if (this.#state === 'closed') {
      subscription.refuse(new ClosedError('The client is closed'));
      return subscription;
    }
    try {
      const { since } = this.#registry.add(subscription);
      if (since !== undefined) subscription.confirm(since);
      this.#poke();
    } catch (error) {
      subscription.refuse(new RequestError('INVALID_PATTERN', (error as Error).message));
    }
    return subscription;
  }

  /**
   * Publishes to a channel. While there is no connection it waits its turn; where the answer is lost it is sent again
   * with the same id, which the service does not publish twice.
   *
   * @param data - any JSON value.
   * @returns resolves once the service has it safe. Rejects with a RequestError where it is refused, an
   *   OutcomeUnknownError where no answer came for five minutes, an OutboxFullError, or a ClosedError.
   */
  broadcast(channel: string, data: unknown, options: BroadcastOptions = {}): Promise<{ readonly id: string }> {
    const { id = crypto.randomUUID(), ...rest } = options;
    return this.#outbox.add({ type: 'broadcast', channel, data: data === undefined ? null : data, id, ...rest });
  }

  /**
   * Asks for what was published to what this client is subscribed to. The events go to the caller, not to handlers.
   *
   * @returns one answer; where it is truncated, `replay({cursor: next})` goes on.
   * @throws RequestError where it is refused; ClosedError.
   */
  async replay(question: ReplayQuestion): Promise<ReplayAnswer> {
    for (;;) {
      await this.connected();
      const events: Event[] = [];
      const collect = (message: ServerMessage) => {
        if (message.type === 'replay') events.push(...message.events);
      };
      try {
        const answer = await (this.#current as Link).connection.request(
          { type: 'replay', ...question },
          'replay',
          collect,
        );
        return { ...(answer as ReplaySummary), events };
      } catch (error) {
        if (!(error instanceof ConnectionLostError)) throw error;
      }
    }
  }

  /**
   * Switches the compression of large frames from the service, for this connection and those that follow.
   *
   * @throws RequestError where it is refused; ClosedError.
   */
  async compression(wish: { readonly enable: boolean; readonly level?: number }): Promise<CompressionMessage> {
    await this.connected();
    const answer = await (this.#current as Link).connection.request({ type: 'compression', ...wish }, 'compression');
    const others = this.#capabilities.filter((name) => name !== 'compression');
    this.#capabilities = answer.enabled ? [...others, 'compression'] : others;
    return answer;
  }

  /** Closes the connection for good. Broadcasts that were not acknowledged are rejected. */
  async close(): Promise<void> {
    this.#stop();
    await Promise.all([...this.#links].map(({ connection }) => connection.closed));
  }

  #stop(): void {
    if (this.#state === 'closed') return;
    this.#setState('closed');
    this.#closing.resolve();
    this.#outbox.close();
    for (const { connection } of this.#links) connection.close();
    for (const { subscriptions } of this.#registry.all) {
      for (const subscription of [...subscriptions]) subscription.refuse(new ClosedError('The client is closed'));
    }
  }

  #setState(state: State): void {
    if (this.#state === state || this.#state === 'closed') return;
    this.#state = state;
    this.#listeners.tell('state', state);
  }

  get #isClosed(): boolean {
    return this.#state === 'closed';
  }

  #forget(subscription: Subscription): void {
    if (!this.#registry.remove(subscription)) return;
    this.#heard.forgetUnheard();
    this.#poke();
  }

  #poke(): void {
    for (const link of this.#links) link.poke();
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      this.#setState('connecting');
      const link = await this.#open().catch((error: unknown) => this.#failed(error));
      if (link === undefined) {
        await this.#rest();
        continue;
      }
      const began = this.#settings.clock.now();
      this.#adopt(link);
      link.caughtUp.then(
        () => this.#setState('connected'),
        () => undefined,
      );
      const { code, reason } = await this.#hold(link);
      const error = (this.#current ?? link).connection.lastError;
      this.#current = undefined;
      const lived = this.#settings.clock.now() - began;
      if (lived >= 5_000) this.#backoff.reset();
      const next = afterClosing(code, error, lived);
      if (this.#isClosed) return;
      this.#failed(
        new ConnectionLostError(`The connection ended (${code}${reason === '' ? '' : `, ${reason}`})`, code),
      );
      if (next === 'stop') this.#stop();
      else if (next === 'back-off') await this.#rest();
    }
  }

  #failed(error: unknown): undefined {
    if (!this.#isClosed) this.#listeners.tell('error', error);
    return undefined;
  }

  async #rest(): Promise<void> {
    if (this.#isClosed) return;
    this.#setState('waiting');
    await Promise.race([pause(this.#settings.clock, this.#backoff.next()), this.#closing.promise]);
  }

  /** Holds connections, each replaced by the next before its time, until one ends. @returns why it did. */
  async #hold(first: Link): Promise<SocketClosed> {
    const { clock, replaceAfter } = this.#settings;
    let link = first;
    let wait = replaceAfter * (1 - 0.1 * clock.random());
    for (;;) {
      const { promise: due, resolve } = Promise.withResolvers<undefined>();
      const cancel = clock.after(wait, () => resolve(undefined));
      const closed = await Promise.race([link.connection.closed, due]);
      cancel();
      if (closed !== undefined) return closed;
      const next = await this.#replace(link);
      wait = next === link ? REPLACEMENT_RETRY : replaceAfter * (1 - 0.1 * clock.random());
      link = next;
    }
  }

  /**
   * Makes a new connection and closes the old one: not before the new one is live and caught up, and the old one carries
   * no broadcast any more.
   *
   * @returns the connection to go on with; the old one, where there is no other.
   */
  async #replace(old: Link): Promise<Link> {
    const next = await this.#open().catch((error: unknown) => this.#failed(error));
    if (next === undefined) return old;
    const isCaughtUp = await Promise.race([
      next.caughtUp.then(
        () => true,
        () => undefined,
      ),
      old.connection.closed.then(() => false),
    ]);
    if (isCaughtUp === undefined) return old;
    if (isCaughtUp) await Promise.race([this.#outbox.moveTo(this.#carrierOf(next)), old.connection.closed]);
    this.#adopt(next);
    old.connection.close();
    return next;
  }

  #adopt(link: Link): void {
    this.#current = link;
    this.#outbox.attach(this.#carrierOf(link));
  }

  readonly #carriers = new WeakMap<Link, Carrier>();

  #carrierOf(link: Link): Carrier {
    const known = this.#carriers.get(link);
    if (known !== undefined) return known;
    const { connection } = link;
    const carrier: Carrier = {
      get batch() {
        return connection.welcome?.limits.batch ?? 1;
      },
      mostBytes: MAX_FRAME_BYTES,
      send: (messages) => connection.requestAll(messages, 'ack'),
    };
    this.#carriers.set(link, carrier);
    void connection.closed.then(() => this.#outbox.detach(carrier));
    return carrier;
  }

  /** Opens a connection. @throws where it cannot be opened, or no token is to be had. */
  async #open(): Promise<Link> {
    const { clock, webSocket, requestTimeout, gapPatience, beatsPerCheck, backoff } = this.#settings;
    const capabilities = this.#capabilities;
    const token = await this.#options.token?.();
    if (this.#isClosed) throw new ClosedError('The client is closed');
    const onError = (error: unknown): void => void this.#failed(error);
    const connection = new Connection(
      {
        webSocket,
        clock,
        patience: requestTimeout,
        onEvent: (event) => {
          if (this.#heard.take(event, 'live')) link.pokeSoon();
        },
        onError,
        sendsChunks: capabilities.includes('chunk'),
        onWelcome: (message) => this.#listeners.tell('connection', message),
      },
      { url: this.#options.url, user: this.#options.user, token, capabilities: capabilities.join() },
    );
    const [registry, heard] = [this.#registry, this.#heard];
    const link = new Link(
      { clock, connection, registry, heard, backoff: new Backoff(clock, backoff), gapPatience, onError },
      this.#connections > 0,
    );
    this.#links.add(link);
    void connection.closed.then(() => this.#links.delete(link));
    await connection.opened;
    this.#connections++;
    startHeartbeat({ clock, connection, link, heard, beatsPerCheck, onError });
    link.poke();
    return link;
  }
}

/**
 * Connects to the service. The client connects, and goes on trying, by itself; nothing need be awaited.
 *
 * @throws TypeError for an address that is no URL, or where the runtime has no WebSocket and none is given.
 */
export const connect = (options: ConnectOptions): Client => {
  new URL(options.url);
  if (options.webSocket === undefined && globalThis.WebSocket === undefined) {
    throw new TypeError('This runtime has no WebSocket: pass one as the option webSocket');
  }
  return new Client(options);
};
