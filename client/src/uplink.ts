import type { Capability } from '../../lib/protocol/capabilities.ts';
import { Backoff } from './backoff.ts';
import { pause } from './clock.ts';
import { afterClosing } from './closing.ts';
import { Connection } from './connection.ts';
import { deferred } from './deferred.ts';
import { ClosedError, ConnectionLostError, HandshakeError } from './errors.ts';
import { freshToken } from './fresh-token.ts';
import type { Heard } from './heard.ts';
import { startHeartbeat } from './heartbeat.ts';
import { held } from './held.ts';
import { obstacleTo } from './inquiry.ts';
import { Link } from './link.ts';
import type { ConnectionMessage } from './messages.ts';
import type { ConnectOptions, Settings, State } from './options.ts';
import type { Outbox } from './outbox.ts';
import type { Registry } from './registry.ts';
import { renewalOf } from './renewal.ts';
import type { SocketClosed } from './web-socket.ts';

/** Milliseconds after which a replacement that failed is tried again. */
const REPLACEMENT_RETRY = 10_000;

/** Fewest milliseconds after which a connection is replaced. */
const SHORTEST_LIFE = 1_000;

export interface UplinkOptions {
  readonly options: ConnectOptions;
  readonly settings: Settings;
  readonly registry: Registry;
  readonly heard: Heard;
  readonly outbox: Outbox;
  readonly onState: (state: Exclude<State, 'closed'>) => void;
  readonly onError: (error: unknown) => void;
  readonly onWelcome: (message: ConnectionMessage) => void;
  /** The service wants no other connection of this client. */
  readonly onEnd: () => void;
}

/** Keeps a connection to the service: makes one, replaces it before its time, and makes another where it ended. */
export class Uplink {
  /** What the next connection declares. */
  capabilities: readonly Capability[];
  readonly #options: UplinkOptions;
  readonly #backoff: Backoff;
  /** The links there are, and what each does at a sign that its connection may be dead. */
  readonly #links = new Map<Link, () => void>();
  #awoken = deferred<void>();
  /** The link in use, as long as its connection lives. */
  #current: Link | undefined;
  #introduced = deferred<void>();
  #connections = 0;
  #isClosed = false;

  constructor(options: UplinkOptions) {
    this.#options = options;
    const { clock, backoff, capabilities } = options.settings;
    this.#backoff = new Backoff(clock, backoff);
    this.capabilities = capabilities;
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
    for (const link of this.#links.keys()) link.poke();
  }

  /** There is a sign that the network is another: who waits tries at once, and what is open is asked whether it lives. */
  awake(): void {
    this.#backoff.reset();
    this.#awoken.resolve();
    for (const probe of this.#links.values()) probe();
  }

  /** Closes the connection for good. */
  close(): void {
    this.#isClosed = true;
    this.#awoken.resolve();
    for (const { connection } of this.#links.keys()) connection.close();
  }

  /** Resolves when no socket is open any more. */
  async closed(): Promise<void> {
    await Promise.all([...this.#links.keys()].map(({ connection }) => connection.closed));
  }

  /** Keeps a connection until it is closed for good. */
  async run(): Promise<void> {
    const { settings, onState, onError, onEnd } = this.#options;
    /** Whether the token of the last handshake was refused. */
    let wasRefused = false;
    while (!this.#isClosed) {
      onState('connecting');
      const link = await this.#open().catch((error: unknown) => error);
      if (!(link instanceof Link)) {
        const isRefused = link instanceof HandshakeError && link.token !== undefined;
        const isFinal = isRefused && wasRefused;
        onError(isFinal ? new HandshakeError(link.code, link.token, isFinal) : link);
        wasRefused = isRefused;
        if (isFinal) onEnd();
        // Another token may be better, at once.
        else if (!isRefused) await this.#rest();
        continue;
      }
      wasRefused = false;
      const began = settings.clock.now();
      this.#adopt(link);
      link.poke();
      const { connection, code, reason } = await this.#hold(link);
      const { lastError: error, wantedAt } = connection;
      const lived = settings.clock.now() - began;
      if (lived >= 5_000) this.#backoff.reset();
      const next = afterClosing(code, error, lived);
      if (this.#isClosed) return;
      onError(new ConnectionLostError(code, reason, next === 'stop'));
      if (next === 'stop') onEnd();
      // It asks for as much time, whatever the network does.
      else if (wantedAt !== undefined) await this.#rest(wantedAt - settings.clock.now(), true);
      else if (next === 'back-off') await this.#rest();
    }
  }

  /** @param isFirm - nothing cuts it short but the end. */
  async #rest(wait = this.#backoff.next(), isFirm = false): Promise<void> {
    if (this.#isClosed) return;
    this.#awoken = deferred();
    this.#options.onState('waiting');
    const rested = pause(this.#options.settings.clock, wait);
    await (isFirm ? rested : Promise.race([rested, this.#awoken.promise]));
  }

  /** Holds connections, each replaced by the next before its time, until one ends. @returns which, and why it did. */
  async #hold(first: Link): Promise<SocketClosed & Pick<Link, 'connection'>> {
    const { clock, replaceAfter } = this.#options.settings;
    const lifetime = (): number => Math.max(SHORTEST_LIFE, replaceAfter * (1 - 0.1 * clock.random()));
    let link = first;
    let wait = lifetime();
    for (;;) {
      const closed = await held(link.connection, clock, wait);
      if (closed !== undefined) return { ...closed, connection: link.connection };
      const next = await this.#replace(link);
      wait = next === link ? REPLACEMENT_RETRY : lifetime();
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
    const next = await this.#open().catch(this.#options.onError);
    if (!(next instanceof Link)) return old;
    next.poke();
    const isCaughtUp = await Promise.race([
      next.caughtUp.then(
        () => true,
        () => undefined,
      ),
      old.connection.closed.then(() => false),
    ]);
    if (isCaughtUp === undefined) return old;
    const { outbox } = this.#options;
    if (isCaughtUp) await Promise.race([outbox.moveTo(next.connection), old.connection.closed]);
    // It may have ended while the old one awaited an answer.
    if (!next.connection.isOpen) {
      if (old.connection.isOpen) outbox.attach(old.connection);
      return old;
    }
    this.#adopt(next);
    old.connection.close();
    return next;
  }

  /** Goes over to a link, for as long as its connection lives. The state is `connected` once it is caught up. */
  #adopt(link: Link): void {
    const { outbox, onState } = this.#options;
    const { connection } = link;
    this.#current = link;
    outbox.attach(connection);
    const unlessOver = (then: () => void) => () => {
      if (this.#current === link) then();
    };
    void connection.introduced.then(unlessOver(() => this.#introduced.resolve()));
    link.caughtUp.then(
      unlessOver(() => onState('connected')),
      () => undefined,
    );
    void connection.closed.then(unlessOver(() => this.#lose()));
  }

  /** What is told of its end is told that there is no connection. */
  #lose(): void {
    this.#current = undefined;
    const { resolve } = this.#introduced;
    this.#introduced = deferred<void>();
    // Who waits since before goes on to wait.
    void this.#introduced.promise.then(resolve);
    this.#options.onState('connecting');
  }

  /** Opens a connection. @throws where it cannot be opened, or no token is to be had. */
  async #open(): Promise<Link> {
    const { options, settings, heard, outbox } = this.#options;
    const { clock, requestTimeout } = settings;
    const { token: give } = options;
    const token = await (give && freshToken(give, clock, requestTimeout));
    if (this.#isClosed) throw new ClosedError();
    const connection = new Connection(
      {
        ...this.#options,
        onEvent: (event) => {
          if (heard.take(event, 'live') || heard.isCrowded) link.pokeSoon();
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
    const link = new Link(this.#options, connection, this.#connections > 0);
    const renew = give && renewalOf(this.#options, link, give);
    this.#links.set(link, () => connection.hurry());
    // The class of sockets is the caller's code, which may have closed the client.
    if (this.#isClosed) connection.close();
    void connection.closed.then(() => {
      this.#links.delete(link);
      outbox.detach(connection);
    });
    await connection.opened.catch(async (error: unknown) => {
      if (options.httpUrl === undefined || this.#isClosed) throw error;
      throw await obstacleTo(settings, options, token, this.#connections > 0);
    });
    this.#connections++;
    this.#links.set(link, startHeartbeat(this.#options, link));
    return link;
  }
}
