import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { lose, setBack, trim } from '../../../client/testing/damage.ts';
import type { Broadcast } from '../../../lib/ports/broadcast.ts';
import type { Caller } from '../../../lib/ports/connection.ts';
import type { HistoryName } from '../../../lib/ports/history.ts';
import { type Capabilities, parseCapabilities } from '../../../lib/protocol/capabilities.ts';
import { parseChannel } from '../../../lib/protocol/channel.ts';
import { matchedOf } from '../../../lib/protocol/matched.ts';
import type { EventMessage } from '../../../lib/protocol/messages/event.ts';
import { openSession } from '../../../lib/protocol/session.ts';
import { API_GATEWAY } from '../../../lib/protocol/transport.ts';
import { systemClock } from '../../../lib/sync/clock.ts';
import { eventMessage } from '../../../lib/sync/event-message.ts';
import { Hearing } from '../../../lib/sync/replay/hearing.ts';
import { welcome } from '../../../lib/sync/welcome.ts';
import { answered } from '../../frames.ts';
import { type Request, requestsOf } from './requests.ts';
import { type World, type WorldSettings, worldOf } from './world.ts';

/** What happens to the frames of an event on their way. */
export type Fate = 'arrives' | 'dropped' | 'twice' | 'overtaken' | 'backwards';

/** An event that was appended, and what became of it. */
export interface Appended {
  readonly channel: string;
  /** Whose it is; undefined for everyone's. */
  readonly user: string | undefined;
  readonly epoch: string;
  readonly offset: number;
  readonly id: string;
  /** Who published it. */
  readonly by: string;
  readonly data: unknown;
  /** Not in the history any more: `trimmed` says so for itself, what was `erased` left no trace. */
  gone?: 'trimmed' | 'erased';
  /** When it went, by `performance.now()`. */
  goneAt?: number;
}

/** What a request is answered instead; `silence` for nothing, undefined for what it would be anyway. */
export type Instead = (request: Request) => readonly object[] | 'silence' | undefined;

/** An event, and whose it is; undefined for everyone's. */
type Recorded = readonly [message: EventMessage, user: string | undefined];

interface Peer {
  readonly caller: Caller;
  readonly socket: WebSocket;
  readonly number: number;
  /** Frames that those of the next event overtake. */
  readonly held: (readonly string[])[];
  /** Whether it was told to come back later: what it sends is not taken. */
  isRetired: boolean;
}

/** Milliseconds between a client's pings: far fewer than in production, so that a scenario is soon over. */
const HEARTBEAT = 200;

/** Milliseconds from the announcement that a connection will be closed to its end. */
const LEAVE = 200;

const UNLIMITED = { enabled: false, duration: 0, points: { connection: 0, user: 0, global: 0 }, backEnd: 0 };

/** What an event says that it fits of what a connection hears. */
const matchedIn = (hearing: Hearing, { channel }: EventMessage) => matchedOf(channel, hearing.matching(channel));

const textOf = (frame: Uint8Array): string => new TextDecoder().decode(frame);

/**
 * A service for clients under test: the domain with everything in memory, behind a real WebSocket server. What it says is
 * what the service would say. What becomes of its frames and of its connections is what a scenario wants.
 */
export class ScriptedService {
  /** All that was ever appended, in order. */
  readonly log: Appended[] = [];
  /** All that was asked, in order; batches undone. */
  readonly requests: Request[] = [];
  /** How many connections there were. */
  connections = 0;
  /** The status that handshakes are refused with; undefined where they are taken. */
  refusal: number | undefined;
  /** Handshakes that were refused. */
  refused = 0;
  /** Milliseconds to the answer of the next handshake, and how many wait for theirs. */
  handshakeDelay = 0;
  handshakes = 0;
  instead: Instead = () => undefined;
  /** Told of each request that was carried out, before it is answered. */
  onTaken: (request: Request) => void = () => undefined;
  /** Milliseconds to the next answer. */
  delay: () => number = () => 0;
  /** Whether new connections are greeted. */
  greets = true;
  readonly #http = createServer((_, response) => response.writeHead(404).end());
  readonly #sockets = new WebSocketServer({
    ...{ noServer: true, perMessageDeflate: false },
    maxPayload: API_GATEWAY.frameBytes,
  });
  readonly #peers = new Map<string, Peer>();
  readonly #world: World;
  readonly #saysMatched: boolean;
  #published = 0;
  #frames = 0;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(settings: WorldSettings = {}) {
    this.#saysMatched = settings.saysMatched ?? true;
    const gateway = {
      post: async ({ id }: Pick<Caller, 'id'>, frame: Uint8Array) => {
        this.#peers.get(id)?.socket.send(textOf(frame));
        return 'taken' as const;
      },
      find: async () => 'open' as const,
      close: async ({ id }: Pick<Caller, 'id'>) => this.#peers.get(id)?.socket.close(),
    };
    this.#world = worldOf(settings, gateway, (broadcast) => this.#append(broadcast, 'arrives'));
    this.#http.on('upgrade', (request, socket, head) => {
      socket.on('error', () => undefined);
      if (this.refusal !== undefined) {
        this.refused++;
        socket.end(`HTTP/1.1 ${this.refusal} Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
        return;
      }
      const answer = (): void => {
        this.handshakes--;
        this.#sockets.handleUpgrade(request, socket, head, (client) => void this.#accept(client, request.url ?? '/'));
      };
      this.handshakes++;
      if (this.handshakeDelay === 0) answer();
      else this.#timers.push(setTimeout(answer, this.handshakeDelay));
    });
  }

  /** @returns its address, once it listens. */
  async listen(): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#http.listen(0, '127.0.0.1', resolve);
    await promise;
    return `ws://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** Ends it, and every connection. */
  async end(): Promise<void> {
    this.cut();
    for (const timer of this.#timers) clearTimeout(timer);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#http.close(() => resolve());
    this.#http.closeAllConnections();
    await promise;
  }

  /** Who is connected, the newest last. */
  get open(): readonly Caller[] {
    return [...this.#peers.values()].map(({ caller }) => caller);
  }

  /** Whether it replays. */
  get replays(): boolean {
    return this.#world.replay.enabled;
  }

  /** Whether the newest connection is subscribed to all of these. */
  isSubscribed(texts: readonly string[]): boolean {
    const held = this.#world.store.subscriptions.get(this.open.at(-1)?.id ?? '');
    return texts.every((text) => held?.has(text) === true);
  }

  /**
   * Publishes an event, and posts it to whoever listens.
   *
   * @param to - the users who alone may hear it.
   */
  async publish(
    channel: string,
    { fate = 'arrives', to, data }: { fate?: Fate; to?: readonly string[]; data?: unknown } = {},
  ): Promise<void> {
    await this.#append(this.#broadcast(channel, data, to), fate);
  }

  /** Publishes one event to each of the channels, and posts them together. */
  async publishTogether(channels: readonly string[]): Promise<void> {
    const events: Recorded[] = [];
    for (const channel of channels) events.push(...(await this.#record(this.#broadcast(channel))));
    for (const peer of this.#peers.values()) await this.#post(peer, events, 'arrives');
  }

  /** Says something to everyone who is connected. */
  say(message: object): void {
    for (const { socket } of this.#peers.values()) socket.send(JSON.stringify(message));
  }

  /** Cuts every connection: no close frame comes. */
  cut(): void {
    for (const peer of this.#peers.values()) {
      this.#forget(peer);
      peer.socket.terminate();
    }
  }

  /** Closes every connection. @param code - 1005 for none. */
  close(code: number): void {
    for (const peer of this.#peers.values()) this.#close(peer, code);
  }

  /** Tells every client to come back later, takes nothing more of it, and soon closes. @param after - milliseconds. */
  retire(after: number): void {
    this.say({ type: 'reconnect', after });
    for (const peer of this.#peers.values()) {
      peer.isRetired = true;
      this.#timers.push(setTimeout(() => this.#close(peer, 1012), LEAVE));
    }
  }

  /** Forgets what connections are subscribed to. */
  async forgetSubscriptions(): Promise<void> {
    const { subscriptions } = this.#world;
    for (const { caller } of this.#peers.values()) {
      await subscriptions.remove(caller, await subscriptions.held(caller.id));
    }
  }

  /** Cuts the events of a history up to an offset. */
  trim(name: HistoryName, upTo: number): void {
    trim(this.#world.store, name, upTo);
    this.#mark(name, 'trimmed', (offset) => offset <= upTo);
  }

  /** Loses a history: it begins anew, in another epoch. */
  lose(name: HistoryName): void {
    lose(this.#world.store, name);
    this.#mark(name, 'erased', () => true);
  }

  /** Loses what a history holds behind an offset. It goes on from there in the same epoch. */
  setBack(name: HistoryName, to: number): void {
    setBack(this.#world.store, name, to);
    this.#mark(name, 'erased', (offset) => offset > to);
  }

  /** From now on nothing goes wrong, and what was held back arrives. */
  calm(): void {
    this.instead = () => undefined;
    this.onTaken = () => undefined;
    this.delay = () => 0;
    this.refusal = undefined;
    this.greets = true;
    for (const peer of this.#peers.values()) this.#release(peer);
  }

  #mark(name: HistoryName, gone: 'trimmed' | 'erased', isGone: (offset: number) => boolean): void {
    for (const each of this.log) {
      if (each.channel !== name.channel || each.user !== name.user || each.gone === 'erased') continue;
      if (!isGone(each.offset)) continue;
      each.gone = gone;
      each.goneAt ??= performance.now();
    }
  }

  #broadcast(channel: string, data?: unknown, to?: readonly string[]): Broadcast {
    const number = ++this.#published;
    return {
      id: `e${number}`,
      channel: parseChannel(channel),
      category: 'c',
      priority: 'normal',
      data: JSON.stringify(data ?? { number }),
      userId: 'bob',
      ...(to === undefined ? {} : { targetUsers: to }),
    };
  }

  async #append(broadcast: Broadcast, fate: Fate): Promise<void> {
    for (const recorded of await this.#record(broadcast)) {
      for (const peer of [...this.#peers.values()]) await this.#post(peer, [recorded], fate);
    }
  }

  /** Appends a broadcast. @returns its events; none that was there already. */
  async #record(broadcast: Broadcast): Promise<readonly Recorded[]> {
    const [recorded] = await this.#world.history.append([broadcast]);
    if (recorded === undefined) return [];
    const places = 'at' in recorded ? [[undefined, recorded.at] as const] : [...recorded.atUser];
    return places.flatMap(([user, at]): readonly Recorded[] => {
      if (at.duplicate) return [];
      const { id, channel, data, userId: by = '' } = broadcast;
      const { epoch, offset } = at;
      // What is not kept is there for whoever hears it at once, and gone for everyone else.
      const kept = this.#world.replay.enabled ? {} : { gone: 'trimmed' as const, goneAt: performance.now() };
      this.log.push({ channel: channel.text, user, epoch, offset, id, by, data: JSON.parse(data), ...kept });
      return [[eventMessage(channel.text, { ...broadcast, ...at }, user !== undefined), user]];
    });
  }

  async #post(peer: Peer, events: readonly Recorded[], fate: Fate): Promise<void> {
    const { encoder, subscriptions } = this.#world;
    const { user: me, id, capabilities } = peer.caller;
    const hearing = new Hearing(await subscriptions.held(id));
    const messages = events
      .filter(([{ channel }, user]) => (user === undefined || user === me) && hearing.hears(channel))
      .map(([message]) => (capabilities.matched ? { ...message, matched: matchedIn(hearing, message) } : message));
    if (messages.length === 0 || fate === 'dropped') return;
    const frames = () => encoder.eventFrames(messages, capabilities).map(textOf);
    if (fate === 'overtaken') {
      peer.held.push(frames());
      return;
    }
    this.#send(peer, fate === 'backwards' ? frames().toReversed() : frames());
    if (fate === 'twice') this.#send(peer, frames());
    this.#release(peer);
  }

  #release(peer: Peer): void {
    for (const frames of peer.held.splice(0)) this.#send(peer, frames);
  }

  #send({ socket }: Peer, frames: readonly string[]): void {
    for (const frame of frames) socket.send(frame);
  }

  #close(peer: Peer, code: number): void {
    this.#forget(peer);
    if (code === 1005) peer.socket.close();
    else peer.socket.close(code);
  }

  #forget({ caller }: Peer): void {
    this.#peers.delete(caller.id);
    void this.#world.directory.close(caller.id);
  }

  /** What a connection declared, as far as this version of the service knows it. */
  #capabilitiesOf(declared: string | undefined): Capabilities {
    const capabilities = parseCapabilities(declared);
    return { ...capabilities, matched: capabilities.matched && this.#saysMatched };
  }

  async #accept(socket: WebSocket, url: string): Promise<void> {
    const { searchParams } = new URL(url, 'ws://service');
    const number = ++this.connections;
    const caller: Caller = {
      id: `c${number}`,
      user: searchParams.get('user') ?? 'anonymous',
      endpoint: 'http://gateway',
      capabilities: this.#capabilitiesOf(searchParams.get('capabilities') ?? undefined),
      session: openSession(0),
    };
    const peer: Peer = { caller, socket, number, held: [], isRetired: false };
    this.#peers.set(caller.id, peer);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#forget(peer));
    const opened = this.#world.directory.open(caller);
    socket.on('message', (data, isBinary) => {
      if (isBinary) socket.close(1003);
      else void opened.then(() => this.#take(peer, String(data)));
    });
    await opened;
    if (!this.greets) return;
    const limits = { ...this.#world.limits, heartbeatInterval: HEARTBEAT };
    await welcome({ ...this.#world, limits, rateLimits: UNLIMITED }, [{ ...caller, expires: null }]);
  }

  async #take(peer: Peer, text: string): Promise<void> {
    if (peer.isRetired) return;
    const asked = requestsOf(text, peer.number, ++this.#frames);
    this.requests.push(...asked);
    const others = asked.map((request) => this.instead(request));
    const delay = this.delay();
    if (delay > 0) await systemClock.sleep(delay);
    const rest = asked.filter((_, place) => others[place] === undefined);
    for (const other of others) {
      if (other !== 'silence' && other !== undefined)
        this.#send(
          peer,
          other.map((each) => JSON.stringify(each)),
        );
    }
    // A frame of which nothing is answered otherwise is taken as it came.
    const frames = rest.length === asked.length ? [text] : rest.map((request) => JSON.stringify(request));
    for (const frame of frames) {
      if (!this.#peers.has(peer.caller.id)) return;
      const answers = await answered(this.#world, peer.caller, frame);
      for (const request of rest) this.onTaken(request);
      this.#send(peer, answers);
    }
  }
}
