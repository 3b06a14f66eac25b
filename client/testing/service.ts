import { developmentUser } from '../../lib/auth/development.ts';
import type { Caller, Greeted } from '../../lib/ports/connection.ts';
import type { Gateway } from '../../lib/ports/gateway.ts';
import type { Identity } from '../../lib/ports/identity.ts';
import { parseCapabilities } from '../../lib/protocol/capabilities.ts';
import { ERRORS, type ErrorCode, ProtocolError } from '../../lib/protocol/errors.ts';
import { ALL_GRANTS, parseGrants } from '../../lib/protocol/grants.ts';
import { errorMessage } from '../../lib/protocol/messages/error.ts';
import { openSession } from '../../lib/protocol/session.ts';
import { readProtocols } from '../../lib/protocol/subprotocol.ts';
import { API_GATEWAY } from '../../lib/protocol/transport.ts';
import { fits } from '../../lib/protocol/utf8.ts';
import { framesOf } from '../../lib/sync/answer.ts';
import { connect as takeIn } from '../../lib/sync/connect.ts';
import { endExpired, revoke } from '../../lib/sync/end-sessions.ts';
import { fanOutOrPark } from '../../lib/sync/fan-out-or-park.ts';
import { publish } from '../../lib/sync/publish.ts';
import { receive } from '../../lib/sync/receive.ts';
import { welcome } from '../../lib/sync/welcome.ts';
import type { AnyChannels, Client, Clock, ConnectOptions, WebSocketConstructor } from '../src/index.ts';
import { connect } from '../src/index.ts';
import { type Asked, AskedReader, frameOf } from './asked.ts';
import { TestClock } from './clock.ts';
import { lose, trim } from './damage.ts';
import { type ModelSocket, socketsTo } from './socket.ts';
import type {
  TestConnection,
  TestConnectOptions,
  TestEvent,
  TestIdentity,
  TestPublishOptions,
  TestRefusal,
  TestRequest,
  TestServiceOptions,
} from './types.ts';
import { type World, worldOf } from './world.ts';

const RETENTION = 7 * 86_400_000;
const KEPT = 10_000;
/** Connections of one user. */
const MOST_CONNECTIONS = 100;
/** Messages of one batch. */
const BATCH = 100;
/** Milliseconds a batch has, of time that stands still. */
const BATCH_TIME = 60_000;
/** Milliseconds between two looks for sessions that have ended. */
const SWEEP = 60_000;

const NORMAL = 1000;
const GOING_AWAY = 1001;
const ABNORMAL = 1006;
const TOO_LARGE = 1009;

/** An open connection, with its client’s end. */
interface Peer {
  readonly caller: Caller;
  readonly socket: ModelSocket;
  readonly reader: AskedReader;
}

/** What is to happen to requests of a type. */
interface Fault {
  readonly type: TestRequest;
  /** What they are answered; undefined where they are carried out, and the answer is lost. */
  readonly refusal: ProtocolError | undefined;
  left: number;
}

/**
 * A service for the tests of an application, in its process: the domain of the real one with everything in memory. It needs
 * no network. Its time stands still until it is advanced; what needs no time happens by itself.
 */
export class TestService {
  /** Where clients find it; no network knows the name. */
  readonly url = 'ws://realtime-sync.test';
  /** The class of sockets that lead here. It may take the place of `globalThis.WebSocket`. */
  readonly webSocket: WebSocketConstructor;
  readonly #clock: TestClock;
  readonly #world: World;
  readonly #identify: TestServiceOptions['identify'];
  readonly #peers = new Map<string, Peer>();
  readonly #clients = new Set<Pick<Client, 'close'>>();
  readonly #faults: Fault[] = [];
  /** What waits while the service is paused; undefined while it is not. */
  #held: (() => void)[] | undefined;
  #isOffline = false;
  #connected = 0;

  constructor({ begin = Date.now(), identify, retention = RETENTION, maxEvents = KEPT }: TestServiceOptions = {}) {
    this.#clock = new TestClock(begin);
    this.#identify = identify;
    this.#world = worldOf({
      ...{ retention, maxEvents, clock: this.#clock, gateway: this.#gateway() },
      identify: identify && ((token) => this.#identityOf(token)),
      onQueued: () => this.#drain(),
    });
    this.webSocket = socketsTo({
      called: (socket, url, protocols) => void this.#clock.busy(() => this.#accept(socket, url, protocols)),
      took: (socket, text) => this.#whenOpen(() => this.#take(socket, text)),
      left: (socket) => this.#whenOpen(() => this.#end(this.#peerOf(socket), NORMAL, socket)),
    });
    this.#sweep();
  }

  /** Time and chance, for a client that is to live by the service’s. */
  get clock(): Clock {
    return this.#clock;
  }

  /** How a client finds the service: to be given to `connect()`, beside others. */
  get options(): Pick<ConnectOptions, 'url' | 'webSocket' | 'clock'> {
    return { url: this.url, webSocket: this.webSocket, clock: this.clock };
  }

  /** The service’s time, milliseconds since 1970. */
  get now(): number {
    return this.#clock.now();
  }

  /** All that was appended so far, in order, whoever published it. */
  get events(): readonly TestEvent[] {
    return [...this.#world.history.events];
  }

  /** Who is connected, the newest last. */
  get connections(): readonly TestConnection[] {
    return [...this.#peers.values()].map(({ caller: { id, user } }) => ({
      ...{ id, user },
      subscriptions: [...(this.#world.store.subscriptions.get(id) ?? [])],
    }));
  }

  /** Connects a client, as `connect()` of the library does. `close()` closes it too. */
  connect<Channels extends object = AnyChannels>(options: TestConnectOptions = {}): Client<Channels> {
    const client = connect<Channels>({ ...options, ...this.options });
    this.#clients.add(client);
    return client;
  }

  /**
   * Publishes as a back-end does, over HTTP.
   *
   * @param data - any JSON value.
   * @returns the id of the event, once everyone who listens has heard it.
   * @throws Error for what the service would refuse: its `code` says why.
   */
  async publish(channel: string, data: unknown, options: TestPublishOptions = {}): Promise<{ readonly id: string }> {
    const { user = 'back-end', ...rest } = options;
    const identity: Identity = { user, admin: false, session: openSession(this.now) };
    const body = JSON.stringify({ events: [{ channel, data, ...rest }] });
    const [id] = await this.#clock.busy(() => publish(this.#world, identity, body, undefined));
    await this.settled();
    return { id: id as string };
  }

  /** Resolves once nothing can happen any more without time: what was sent was answered, what was published was heard. */
  settled(): Promise<void> {
    return this.#clock.settled();
  }

  /** Lets so many milliseconds pass, and everything happen that is due meanwhile: attempts to connect, patience, ends of sessions. */
  advance(duration: number): Promise<void> {
    return this.#clock.advance(duration);
  }

  /**
   * The network is gone, and no connection can be made, until it is back. Clients hear that their connections broke, by `settled()`.
   * Then they wait for their next attempt: `advance()`.
   */
  setOffline(isOffline: boolean): void {
    this.#isOffline = isOffline;
    if (isOffline) this.drop();
  }

  /** Breaks connections, without a word of the service. @param user - whose; everyone’s, unless named. */
  drop(user?: string): void {
    this.#endAll(user, ABNORMAL);
  }

  /** Has the service end connections in order, as when it is deployed anew. @param user - whose; everyone’s, unless named. */
  disconnect(user?: string): void {
    this.#endAll(user, GOING_AWAY);
  }

  /** Revokes a user’s sessions: they are told so, and closed. With a token that was there by then nobody comes back. */
  async revoke(user: string): Promise<void> {
    await this.#clock.busy(() => revoke({ ...this.#world, clockTolerance: 0 }, user));
    await this.settled();
  }

  /** Nothing gets through any more, in either direction, though connections stay open. What is sent waits for `resume()`. */
  pause(): void {
    this.#held ??= [];
  }

  /** What has waited goes through, in order. */
  resume(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const each of held) each();
  }

  /**
   * Refuses the next request of a type, whoever sends it.
   *
   * @throws TypeError for a code that the protocol does not have.
   */
  refuse(type: TestRequest, { code, message = 'Refused by the test', retryAfter, times = 1 }: TestRefusal): void {
    if (!Object.hasOwn(ERRORS, code)) throw new TypeError(`${code} is no code of the protocol`);
    const more = retryAfter === undefined ? {} : { retryAfter };
    this.#faults.push({ type, refusal: new ProtocolError(code as ErrorCode, message, more), left: times });
  }

  /** Carries the next request of a type out, and breaks its connection before the answer comes. */
  loseAnswer(type: TestRequest): void {
    this.#faults.push({ type, refusal: undefined, left: 1 });
  }

  /**
   * Forgets the oldest events of a channel, as when they were kept long enough: who was away has a gap there.
   *
   * @param upTo - the last offset that goes; all that there are, unless named.
   */
  forget(channel: string, upTo = Number.POSITIVE_INFINITY): void {
    trim(this.#world.store, { channel }, upTo);
  }

  /** Loses a channel’s history, as in a disaster: it begins anew, in another epoch. */
  loseHistory(channel: string): void {
    lose(this.#world.store, { channel });
  }

  /** Closes the clients that were made by `connect()`, and lets nobody in any more. */
  async close(): Promise<void> {
    this.resume();
    const closed = [...this.#clients].map((client) => client.close());
    await this.settled();
    await Promise.all(closed);
    this.setOffline(true);
    await this.settled();
  }

  /** Does what crosses the network, once it lets something through. */
  #whenOpen(crossing: () => void): void {
    if (this.#held === undefined) crossing();
    else this.#held.push(crossing);
  }

  #gateway(): Gateway {
    return {
      post: async ({ id }, frame) => {
        const peer = this.#peers.get(id);
        if (peer === undefined) return 'gone';
        this.#say(peer, new TextDecoder().decode(frame));
        return 'taken';
      },
      find: async ({ id }) => (this.#peers.has(id) ? 'open' : 'gone'),
      close: async ({ id }) => {
        const peer = this.#peers.get(id);
        if (peer !== undefined) this.#whenOpen(() => this.#end(peer, NORMAL));
      },
    };
  }

  #say({ socket }: Peer, frame: string): void {
    this.#whenOpen(() => socket.say(frame));
  }

  async #identityOf(token: string): Promise<Identity | undefined> {
    const known: TestIdentity | undefined = await this.#identify?.(token);
    if (known === undefined) return undefined;
    const { user, subscribe = ALL_GRANTS.subscribe, publish: granted = ALL_GRANTS.publish, expires = null } = known;
    const grants = parseGrants({ subscribe, publish: granted });
    return { user, admin: false, session: { issued: this.now, expires, grants } };
  }

  async #whoIs(url: string, protocols: readonly string[]): Promise<Identity | undefined> {
    const { authenticator } = this.#world;
    if (authenticator === undefined) {
      const user = developmentUser(new URL(url).searchParams.get('user') ?? undefined);
      return user === undefined ? undefined : { user, admin: false, session: openSession(this.now) };
    }
    const { token } = readProtocols(protocols.join());
    const identity = token === undefined ? 'forged' : await authenticator.identify(token);
    return typeof identity === 'string' ? undefined : identity;
  }

  async #accept(socket: ModelSocket, url: string, protocols: readonly string[]): Promise<void> {
    const identity = await this.#whoIs(url, protocols);
    if (this.#isOffline || identity === undefined) {
      socket.shut(ABNORMAL);
      return;
    }
    const { user, session } = identity;
    const capabilities = parseCapabilities(new URL(url).searchParams.get('capabilities') ?? undefined);
    const caller: Caller = {
      ...{ id: `connection-${++this.#connected}`, user, endpoint: 'http://gateway', capabilities, session },
    };
    const refusal = await takeIn(this.#world, caller, MOST_CONNECTIONS);
    this.#whenOpen(() => {
      // Its client may have given it up meanwhile.
      if (refusal !== undefined || this.#isOffline || socket.state !== 'connecting') {
        void this.#clock.busy(() => this.#world.directory.close(caller.id, 'refused'));
        socket.shut(ABNORMAL);
        return;
      }
      this.#peers.set(caller.id, { caller, socket, reader: new AskedReader() });
      socket.open();
      void this.#clock.busy(() => this.#world.bus.welcome({ ...caller, expires: session.expires }));
    });
  }

  #peerOf(socket: ModelSocket): Peer | undefined {
    return [...this.#peers.values()].find((peer) => peer.socket === socket);
  }

  #take(socket: ModelSocket, frame: string): void {
    const peer = this.#peerOf(socket);
    if (peer === undefined) return;
    if (fits(frame, API_GATEWAY.frameBytes)) void this.#clock.busy(() => this.#answer(peer, frame));
    else this.#end(peer, TOO_LARGE);
  }

  async #answer(peer: Peer, frame: string): Promise<void> {
    const asked = peer.reader.read(frame);
    const faults = asked.map((each) => this.#faultOf(each));
    const rest = asked.filter(({ requestId }, place) => {
      const refusal = faults[place]?.refusal;
      if (refusal !== undefined) this.#say(peer, JSON.stringify(errorMessage(refusal, requestId)));
      return refusal === undefined;
    });
    if (rest.length === 0 && asked.length > 0) return;
    // What is refused in part was a batch.
    const reply = await receive(this.#world, peer.caller, rest.length === asked.length ? frame : frameOf(rest));
    if (faults.some((fault) => fault !== undefined && fault.refusal === undefined)) this.#end(peer, ABNORMAL);
    for (const each of framesOf(this.#world.encoder, reply)) this.#say(peer, each);
  }

  /** The fault that a request is to meet, which it uses up. */
  #faultOf({ type }: Asked): Fault | undefined {
    const fault = this.#faults.find((each) => each.type === type && each.left > 0);
    if (fault !== undefined) fault.left--;
    return fault;
  }

  #endAll(user: string | undefined, code: number): void {
    for (const peer of [...this.#peers.values()]) {
      if (user === undefined || peer.caller.user === user) this.#end(peer, code);
    }
  }

  #end(peer: Peer | undefined, code: number, socket = peer?.socket): void {
    if (peer !== undefined && this.#peers.delete(peer.caller.id)) {
      void this.#clock.busy(() => this.#world.directory.close(peer.caller.id, 'left'));
    }
    socket?.shut(code);
  }

  /** Hands out what waits in the queues. */
  #drain(): void {
    const { broker, onFailure } = this.#world;
    for (const shard of broker.shards) {
      void this.#clock.busy(async () => {
        for (let batch = shard.take(BATCH); batch !== undefined; batch = shard.take(BATCH)) {
          const deadline = this.#clock.elapsed() + BATCH_TIME;
          await fanOutOrPark(this.#world, batch.messages, deadline, onFailure);
          batch.done();
        }
      });
    }
    void this.#clock.busy(async () => {
      for (let batch = broker.connections.take(BATCH); batch !== undefined; batch = broker.connections.take(BATCH)) {
        await welcome(this.#world, batch.messages satisfies readonly Greeted[]);
        batch.done();
      }
    });
  }

  /** Ends sessions in their time. */
  #sweep(): void {
    this.#clock.after(SWEEP, () => {
      void this.#clock.busy(() => endExpired(this.#world));
      this.#sweep();
    });
  }
}
