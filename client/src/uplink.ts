import type { Capability } from '../../lib/protocol/capabilities.ts';
import { Backoff } from './backoff.ts';
import { pause } from './clock.ts';
import { afterClosing } from './closing.ts';
import { Connection } from './connection.ts';
import { deferred } from './deferred.ts';
import { ClosedError, ConnectionLostError } from './errors.ts';
import { freshToken } from './fresh-token.ts';
import type { Heard } from './heard.ts';
import { startHeartbeat } from './heartbeat.ts';
import { held } from './held.ts';
import { Link } from './link.ts';
import type { ConnectionMessage } from './messages.ts';
import type { ConnectOptions, Settings, State } from './options.ts';
import type { Carrier, Outbox } from './outbox.ts';
import type { Registry } from './registry.ts';
import { startRenewal } from './renewal.ts';
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
  readonly #links = new Set<Link>();
  readonly #carriers = new WeakMap<Link, Carrier>();
  readonly #closing = deferred<void>();
  /** The link in use, as long as its connection lives. */
  #current: Link | undefined;
  #introduced = deferred<void>();
  #isIntroduced = false;
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
    for (const link of this.#links) link.poke();
  }

  /** Closes the connection for good. */
  close(): void {
    this.#isClosed = true;
    this.#closing.resolve();
    for (const { connection } of this.#links) connection.close();
  }

  /** Resolves when no socket is open any more. */
  async closed(): Promise<void> {
    await Promise.all([...this.#links].map(({ connection }) => connection.closed));
  }

  /** Keeps a connection until it is closed for good. */
  async run(): Promise<void> {
    const { settings, onState, onError, onEnd } = this.#options;
    while (!this.#isClosed) {
      onState('connecting');
      const link = await this.#open().catch(onError);
      if (!(link instanceof Link)) {
        await this.#rest();
        continue;
      }
      const began = settings.clock.now();
      this.#adopt(link);
      link.poke();
      const { connection, code, reason } = await this.#hold(link);
      const { lastError: error, wantedAt } = connection;
      const lived = settings.clock.now() - began;
      if (lived >= 5_000) this.#backoff.reset();
      const next = afterClosing(code, error, lived);
      if (this.#isClosed) return;
      onError(new ConnectionLostError(`The connection ended (${code}${reason === '' ? '' : `, ${reason}`})`, code));
      if (next === 'stop') onEnd();
      else if (wantedAt !== undefined) await this.#rest(wantedAt - settings.clock.now());
      else if (next === 'back-off') await this.#rest();
    }
  }

  async #rest(wait = this.#backoff.next()): Promise<void> {
    if (this.#isClosed) return;
    this.#options.onState('waiting');
    await Promise.race([pause(this.#options.settings.clock, wait), this.#closing.promise]);
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
    if (isCaughtUp) await Promise.race([outbox.moveTo(this.#carrierOf(next)), old.connection.closed]);
    // It may have ended while the old one awaited an answer.
    if (!next.connection.isOpen) {
      if (old.connection.isOpen) outbox.attach(this.#carrierOf(old));
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
    outbox.attach(this.#carrierOf(link));
    const unlessOver = (then: () => void) => () => {
      if (this.#current === link) then();
    };
    void connection.introduced.then(
      unlessOver(() => {
        this.#isIntroduced = true;
        this.#introduced.resolve();
      }),
    );
    link.caughtUp.then(
      unlessOver(() => onState('connected')),
      () => undefined,
    );
    void connection.closed.then(unlessOver(() => this.#lose()));
  }

  /** What is told of its end is told that there is no connection. */
  #lose(): void {
    this.#current = undefined;
    if (this.#isIntroduced) this.#introduced = deferred<void>();
    this.#isIntroduced = false;
    this.#options.onState('connecting');
  }

  #carrierOf(link: Link): Carrier {
    const known = this.#carriers.get(link);
    if (known !== undefined) return known;
    const { connection } = link;
    const { frameBytes } = this.#options.settings;
    const carrier: Carrier = {
      get batch() {
        return connection.batch;
      },
      get mostBytes() {
        return Math.min(frameBytes, connection.mostBytes);
      },
      send: (messages) => connection.broadcastAll(messages),
    };
    this.#carriers.set(link, carrier);
    void connection.closed.then(() => this.#options.outbox.detach(carrier));
    return carrier;
  }

  /** Opens a connection. @throws where it cannot be opened, or no token is to be had. */
  async #open(): Promise<Link> {
    const { options, settings, heard, onError, onWelcome } = this.#options;
    const { clock, webSocket, requestTimeout, beatsPerCheck, frameBytes } = settings;
    const { capabilities } = this;
    const token = await (options.token && freshToken(options.token, clock, requestTimeout));
    if (this.#isClosed) throw new ClosedError('The client is closed');
    const connection = new Connection(
      {
        webSocket,
        clock,
        patience: requestTimeout,
        frameBytes,
        onEvent: (event) => {
          if (heard.take(event, 'live') || heard.isCrowded) link.pokeSoon();
        },
        onError,
        sendsChunks: capabilities.includes('chunk'),
        sendsBatches: capabilities.includes('batch'),
        onWelcome,
        onUnreadable: () => {
          this.capabilities = this.capabilities.filter((name) => name !== 'compression');
        },
      },
      { url: options.url, user: options.user, token, capabilities: capabilities.join() },
    );
    const link = new Link(this.#options, connection, this.#connections > 0);
    this.#links.add(link);
    // The class of sockets is the caller's code, which may have closed the client.
    if (this.#isClosed) connection.close();
    void connection.closed.then(() => this.#links.delete(link));
    await connection.opened;
    this.#connections++;
    startHeartbeat({ clock, connection, link, heard, beatsPerCheck, onError });
    if (options.token !== undefined) {
      startRenewal({ clock, connection, link, token: options.token, patience: requestTimeout, onError });
    }
    return link;
  }
}
