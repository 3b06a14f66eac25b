import type { Capability } from '../../lib/protocol/capabilities.ts';
import { Backoff } from './backoff.ts';
import type { ChannelTracker } from './channel-tracker.ts';
import { Connection } from './connection.ts';
import { CONNECTING, HANDED_OVER, type Happening, nextState, STEADY } from './connection-state.ts';
import { deferred } from './deferred.ts';
import { explain } from './development.ts';
import { ClosedError, ConnectionLostError, HandshakeError } from './errors.ts';
import { fetchToken } from './fetch-token.ts';
import { diagnoseHandshake } from './handshake-diagnosis.ts';
import { startHeartbeat } from './heartbeat.ts';
import type { ConnectionMessage } from './messages.ts';
import type { ConnectOptions, Settings, State } from './options.ts';
import type { Outbox } from './outbox.ts';
import { Reconciler } from './reconciler.ts';
import type { Registry } from './registry.ts';
import { untilReplacementDue } from './replacement-due.ts';
import { startRenewal } from './session-renewal.ts';
import type { SocketClosed } from './web-socket.ts';

/** Milliseconds after which a replacement that failed is tried again. */
const REPLACEMENT_RETRY = 10_000;

/** Fewest milliseconds after which a connection is replaced. */
const SHORTEST_LIFE = 1_000;

export interface ConnectionManagerOptions {
  readonly options: ConnectOptions;
  readonly settings: Settings;
  readonly registry: Registry;
  readonly tracker: ChannelTracker;
  readonly outbox: Outbox;
  readonly onState: (state: State) => void;
  readonly onError: (error: unknown) => void;
  readonly onWelcome: (message: ConnectionMessage) => void;
  /** There will be no other connection. */
  readonly onEnd: () => void;
}

/** Keeps a connection to the service: makes one, replaces it before its time, and makes another where it ended. */
export class ConnectionManager {
  /** What the next connection declares. */
  capabilities: readonly Capability[];
  readonly #options: ConnectionManagerOptions;
  readonly #backoff: Backoff;
  /** The links there are, and what each does at a sign that its connection may be dead. */
  readonly #reconcilers = new Map<Reconciler, (sign?: string) => void>();
  #state = CONNECTING;
  /** The reconciler in use, as long as its connection lives. */
  #current: Reconciler | undefined;
  #introduced = deferred<void>();
  #connections = 0;
  /** Waits no longer. */
  #stop = (): void => undefined;

  constructor(options: ConnectionManagerOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.settings);
    this.capabilities = options.settings.capabilities;
  }

  get state(): State {
    const { phase } = this.#state;
    return phase === 'live' ? 'connected' : phase === 'waiting' || phase === 'closed' ? phase : 'connecting';
  }

  get #isClosed(): boolean {
    return this.#state.phase === 'closed';
  }

  /** The connection there is, if any. */
  get connection(): Connection | undefined {
    return this.#current?.connection;
  }

  /** Resolves once the service has introduced itself on the connection there is; where there is none, on the next. */
  get introduced(): Promise<void> {
    return this.#introduced.promise;
  }

  /** How many there were. */
  get connections(): number {
    return this.#connections;
  }

  /** Something may have to be done. */
  poke(): void {
    for (const reconciler of this.#reconcilers.keys()) reconciler.poke();
  }

  /** There is a sign that the network is another: who waits tries at once, and what is open is asked whether it lives. */
  awake(sign?: string): void {
    this.#backoff.reset();
    this.#happen({ type: 'awoken' });
    for (const probe of this.#reconcilers.values()) probe(sign);
  }

  /** Closes the connection for good. */
  close(): void {
    this.#happen({ type: 'closed' });
  }

  /** Resolves when no socket is open any more. */
  async closed(): Promise<void> {
    await Promise.all([...this.#reconcilers.keys()].map(({ connection }) => connection.closed));
  }

  /** Makes a connection, and holds it, or those that replace it, until one ends. */
  async run(): Promise<void> {
    const { settings, onError } = this.#options;
    const { clock } = settings;
    const reconciler = await this.#open().catch((error: unknown) => error);
    if (!(reconciler instanceof Reconciler)) {
      // It may be anything that was thrown.
      const {
        code = '',
        token,
        closeCode,
      }: Partial<HandshakeError> & Partial<Pick<ConnectionLostError, 'closeCode'>> = { ...(reconciler as object) };
      const failed = { type: 'failed', isRefused: token !== undefined } as const;
      if (closeCode !== HANDED_OVER) onError(this.#isLast(failed) ? new HandshakeError(code, token, true) : reconciler);
      this.#happen(failed);
      return;
    }
    const began = clock.now();
    this.#adopt(reconciler);
    reconciler.poke();
    const { connection, code, reason } = await this.#hold(reconciler);
    const { lastError: error, wantedAt } = connection;
    const now = clock.now();
    const lived = now - began;
    if (lived >= STEADY) this.#backoff.reset();
    const ended = { type: 'ended', code, error, lived, leave: wantedAt && wantedAt - now } as const;
    if (code !== HANDED_OVER) onError(new ConnectionLostError(code, reason, this.#isLast(ended)));
    this.#happen(ended);
  }

  #isLast(happening: Happening): boolean {
    return nextState(this.#state, happening)[1] === 'end';
  }

  /** Takes in what happened, and does what is to be done. */
  #happen(happening: Happening): void {
    const { state: told } = this;
    const [state, todo] = nextState(this.#state, happening);
    this.#state = state;
    if (this.state !== told) this.#options.onState(this.state);
    // Whoever was told may have closed the client, or have it try at once.
    if (this.#state !== state) return;
    if (todo === 'open') {
      this.#stop();
      void this.run();
    } else if (todo === 'rest') {
      const { leave = this.#backoff.next() } = state as { readonly leave?: number };
      this.#stop = this.#options.settings.clock.after(leave, () => this.#happen({ type: 'rested' }));
    } else if (todo === 'end') {
      for (const { connection } of this.#reconcilers.keys()) connection.close();
      this.#options.onEnd();
    }
  }

  /** Holds connections, each replaced by the next before its time, until one ends. @returns which, and why it did. */
  async #hold(first: Reconciler): Promise<SocketClosed & Pick<Reconciler, 'connection'>> {
    const { clock, replaceAfter } = this.#options.settings;
    const lifetime = (): number => Math.max(SHORTEST_LIFE, replaceAfter * (1 - 0.1 * clock.random()));
    let reconciler = first;
    let wait = lifetime();
    for (;;) {
      const closed = await untilReplacementDue(reconciler.connection, wait);
      if (closed !== undefined) return { ...closed, connection: reconciler.connection };
      const next = await this.#replace(reconciler);
      wait = next === reconciler ? REPLACEMENT_RETRY : lifetime();
      reconciler = next;
    }
  }

  /**
   * Makes a new connection and closes the old one: not before the new one is live and caught up, and the old one carries
   * no broadcast any more.
   *
   * @returns the connection to go on with; the old one, where there is no other.
   */
  async #replace(old: Reconciler): Promise<Reconciler> {
    const next = await this.#open().catch(this.#options.onError);
    if (!(next instanceof Reconciler)) return old;
    next.poke();
    const { outbox } = this.#options;
    const moved = next.caughtUp.then(() => outbox.moveTo(next.connection));
    await Promise.race([moved, old.connection.closed]).catch(() => undefined);
    // It may have ended on the way, or while the old one awaited an answer.
    if (!next.connection.isOpen) {
      if (old.connection.isOpen) outbox.attach(old.connection);
      return old;
    }
    this.#adopt(next);
    old.connection.close();
    return next;
  }

  /** Goes over to a reconciler, for as long as its connection lives. The state is `connected` once it is caught up. */
  #adopt(reconciler: Reconciler): void {
    const { outbox } = this.#options;
    const { connection } = reconciler;
    this.#current = reconciler;
    outbox.attach(connection);
    this.#happen({ type: 'opened' });
    void connection.introduced.then(() => {
      this.#introduced.resolve();
      this.#happen({ type: 'introduced' });
    });
    reconciler.caughtUp.then(
      () => this.#happen({ type: 'caught up' }),
      () => undefined,
    );
    void connection.closed.then(() => {
      if (this.#current !== reconciler) return;
      this.#current = undefined;
      // Who waits since before it was introduced goes on to wait.
      if (this.#state.phase !== 'open') this.#introduced = deferred<void>();
      this.#happen({ type: 'lost' });
    });
  }

  /** Opens a connection. @throws where it cannot be opened, or no token is to be had. */
  async #open(): Promise<Reconciler> {
    const { options, settings, tracker, outbox } = this.#options;
    const { clock, requestTimeout } = settings;
    const { token: give } = options;
    const token = await (give && fetchToken(give, clock, requestTimeout));
    if (this.#isClosed) throw new ClosedError();
    const connection = new Connection(
      {
        ...this.#options,
        onEvent: (event) => {
          if (tracker.take(event, 'live') || tracker.isCrowded) reconciler.pokeSoon();
        },
        onWelcome: (message) => {
          renew?.(message);
          this.#options.onWelcome(message);
        },
        onUnreadable: () => {
          this.capabilities = this.capabilities.filter((name) => name !== 'compression');
        },
      },
      { url: options.url, user: options.user, token, capabilities: this.capabilities.join() },
    );
    const reconciler = new Reconciler(this.#options, connection, this.#connections > 0);
    const renew = give && startRenewal(this.#options, reconciler, give);
    this.#reconcilers.set(reconciler, () => connection.hurry());
    // The class of sockets is the caller's code, which may have closed the client.
    if (this.#isClosed) connection.close();
    void connection.closed.then(() => {
      this.#reconcilers.delete(reconciler);
      outbox.detach(connection);
    });
    await connection.opened.catch(async (error: Error) => {
      const isAsked = options.httpUrl !== undefined && !this.#isClosed;
      const why = isAsked ? await diagnoseHandshake(settings, options, token, this.#connections > 0) : error;
      explain(why, options);
      throw why;
    });
    this.#connections++;
    this.#reconcilers.set(reconciler, startHeartbeat(this.#options, reconciler));
    return reconciler;
  }
}
