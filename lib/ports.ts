/**
 * What the domain needs of the world: one small interface per capability, with what it guarantees. Adapters stand in
 * `lib/redis`, `lib/rabbitmq` and `lib/gateway`.
 */
import type { Capabilities } from './protocol/capabilities.ts';
import type { Channel } from './protocol/channel.ts';
import type { Chunk, Priority } from './protocol/client-messages.ts';
import type { Position, Positions } from './protocol/position.ts';
import type { Session } from './protocol/session.ts';
import type { CounterName, DimensionsOf, GaugeName, HistogramName } from './telemetry/metrics/table.ts';

/** One client’s socket, as the gateway knows it. */
export interface Connection {
  readonly id: string;
  readonly user: string;
  /** Address of the gateway that holds the socket: `http(s)://host[:port][/stage]`. */
  readonly endpoint: string;
  /** What its client can take beside plain frames. */
  readonly capabilities: Capabilities;
}

/** A connection whose client asks for something, with what it may do. */
export interface Caller extends Connection {
  readonly session: Session;
}

/** A dependency did not answer, or answered that it cannot serve now. The same call may succeed later. */
export class DependencyAway extends Error {
  override readonly name = 'DependencyAway';

  readonly dependency: 'redis' | 'rabbitmq' | 'gateway';

  constructor(dependency: 'redis' | 'rabbitmq' | 'gateway', cause: unknown) {
    super(`${dependency} is away`, { cause });
    this.dependency = dependency;
  }
}

/**
 * A dependency is there, and will not do this: what stands in the way is the request or what is stored, and repeating it
 * is not likely to help.
 */
export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(dependency: 'redis', cause: unknown) {
    super(`${dependency} refuses this: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** The records of open connections. */
export interface Connections {
  /** Writes the record; writing it again changes nothing but its expiry. Durable when resolved. */
  open(caller: Caller): Promise<void>;

  /** Writes the record with other capabilities, and with these wherever the connection listens. */
  redeclare(caller: Caller): Promise<void>;

  /**
   * Removes the record and every subscription of the connection. Safe to repeat, and to call for a connection that was
   * never opened; a call that fails half-way is completed by the next one or by expiry.
   */
  close(id: string): Promise<void>;

  /** Notes a sign of life, so that nobody need ask the gateway for the connection. A record that is gone stays gone. */
  seen(id: string): Promise<void>;
}

/** What the clients of connections may do. */
export interface Sessions {
  /**
   * The caller as its record has it now: it may have been given another session, or other capabilities, since it
   * connected. Where there is no record, as it was given. One round trip, shared with what else is asked in its tick.
   *
   * @returns undefined where its session was revoked.
   */
  find(caller: Caller): Promise<Caller | undefined>;

  /**
   * Revokes every session of the user that was granted up to `now`, ms since 1970. Safe to repeat.
   *
   * @returns the user’s connections.
   */
  revoke(user: string, now: number): Promise<readonly Connection[]>;

  /** Whether a session of the user was revoked. */
  isRevoked(user: string, session: Session): Promise<boolean>;

  /** Connections whose session ended before `now`, ms since 1970, that are not closed yet; at most `most` of them. */
  ended(now: number, most: number): Promise<readonly Connection[]>;
}

/** A connection of which it is to be looked whether it is still there. */
export interface DueConnection {
  readonly id: string;
  /** Its gateway, where its record is still there. */
  readonly endpoint: string | undefined;
  /** Milliseconds since the last sign of life; infinite where nothing is known. */
  readonly quiet: number;
}

/** What may have been left behind by functions that were killed and messages that were lost. For the sweeper alone. */
export interface Leftovers {
  /**
   * Connections whose time to be looked for has come, those overdue longest first. Every connection that was opened, or
   * subscribed to anything, comes up until it is closed.
   *
   * @param now - milliseconds since 1970.
   * @param most - connections at most.
   */
  due(now: number, most: number): Promise<readonly DueConnection[]>;

  /** Looks for a connection again at a time, milliseconds since 1970. One that was closed meanwhile stays closed. */
  postpone(id: string, until: number): Promise<void>;

  /**
   * Looks at some entries of the registry, next time at the following ones, and removes those that nobody can need any
   * more: no connection listens to the pattern, or none that lives can have asked for the shape. One that is asked for
   * meanwhile stays.
   *
   * @param most - about how many entries to look at.
   * @returns how many were removed.
   */
  pruneRegistry(most: number): Promise<number>;
}

/** An open connection, as those see it who watch over the service. */
export interface OpenConnection {
  readonly id: string;
  readonly user: string;
  /** Milliseconds since 1970. */
  readonly openedAt: number;
  readonly capabilities: readonly string[];
  readonly subscriptionCount: number;
  /** Some of the channels and patterns it is subscribed to. */
  readonly subscriptions: readonly string[];
}

export interface OpenConnectionsPage {
  readonly connections: readonly OpenConnection[];
  /** Where to go on; null behind the last. */
  readonly next: string | null;
}

/** Who is connected, for those who watch over the service. */
export interface OpenConnections {
  count(): Promise<number>;

  /**
   * Open connections, the longest open first. One that is open throughout is in exactly one page.
   *
   * @param cursor - the `next` of the page before; undefined for the first.
   * @returns undefined for a cursor that is none.
   */
  page(most: number, cursor: string | undefined): Promise<OpenConnectionsPage | undefined>;
}

/** A channel or pattern that a connection listens to. */
export interface Subscription {
  /** The channel or pattern, as the client named it. */
  readonly text: string;
  /**
   * How the fan-out finds it for a channel: by the channel’s own name; by its shape, which yields its text; or by
   * matching it against the channel.
   */
  readonly found: 'by-name' | 'by-matching' | { readonly byShape: string };
}

/** What the fan-out must know to find subscriptions that are not found by name. */
export type RegistryEntry = { readonly shape: string } | { readonly pattern: string };

/** How far a reader has followed the registry. */
export interface RegistryPlace {
  readonly generation: string;
  readonly last: string;
}

/** What a reader of the registry has to take in. */
export interface RegistryChanges {
  readonly place: RegistryPlace;
  /** True where `added` is the whole registry, and what the reader held before is void. */
  readonly reset: boolean;
  readonly added: readonly RegistryEntry[];
  readonly removed: readonly RegistryEntry[];
}

/** Which page of the listeners of a text. */
export interface ListenersRequest {
  readonly text: string;
  /** The id of the last connection of the page before; undefined for the first page. */
  readonly after: string | undefined;
}

/** Some listeners of a text. */
export interface ListenersPage {
  readonly listeners: readonly Connection[];
  /** There are more behind these. Never true of an empty page. */
  readonly more: boolean;
}

/** Who listens to what. */
export interface Subscriptions {
  /**
   * Adds subscriptions. When this resolves they are durable, and every call of `changes` and `listeners` that begins
   * afterwards sees them. Adding one again changes nothing but its expiry.
   *
   * @returns what kept it from adding any: the connection would hold more than `most`, or its session is another by
   *   now than the caller's; undefined where all were added.
   * @throws DependencyAway; repeating the call completes it.
   */
  add(
    caller: Caller,
    subscriptions: readonly Subscription[],
    most: number,
  ): Promise<'too-many' | 'other-session' | undefined>;

  /** Removes subscriptions; those not held are passed over. Calls that begin afterwards do not see them. */
  remove(connection: Connection, texts: readonly string[]): Promise<void>;

  /** How many subscriptions the connection holds. */
  count(connectionId: string): Promise<number>;

  /** The texts the connection is subscribed to. */
  held(connectionId: string): Promise<readonly string[]>;

  /**
   * What changed in the registry.
   *
   * @param since - where the reader stands; undefined for one that holds nothing yet.
   */
  changes(since: RegistryPlace | undefined): Promise<RegistryChanges>;

  /**
   * Who listens to each of the texts: the first page of each, or the next one. One round trip. A connection may stand
   * under several texts.
   *
   * Pages are in the order of connection ids, compared as JavaScript compares texts, so that the audiences of several
   * texts can be merged as they are read. Whoever is subscribed throughout is in exactly one page.
   *
   * @returns a page per request, in the given order.
   */
  listeners(requests: readonly ListenersRequest[]): Promise<readonly ListenersPage[]>;
}

/** An event on its way: accepted, not yet in the history. */
export interface Broadcast {
  /** Idempotency key within publisher and channel. */
  readonly id: string;
  readonly channel: Channel;
  readonly category: string;
  readonly priority: Priority;
  /** JSON text, as the publisher sent it. */
  readonly data: string;
  /** Who published it, where that is known. */
  readonly userId?: string;
  /** Whom alone it is for; absent where it is for everyone who listens. */
  readonly targetUsers?: readonly string[];
}

/** Where the history put a broadcast. */
export interface Appended extends Position {
  /** Milliseconds since 1970 by the history’s clock; never decreasing within the history it went to. */
  readonly timestamp: number;
  /** The broadcast was there already, from an earlier delivery or an earlier publish with the same id. */
  readonly duplicate: boolean;
}

/** A broadcast and its place: one for all, or for a private broadcast one for each user it names. */
export type Recorded = { readonly broadcast: Broadcast } & (
  | { readonly at: Appended }
  | { readonly atUser: ReadonlyMap<string, Appended> }
);

/** One history: that of a channel, or that of one user’s private events on a channel. */
export interface HistoryName {
  readonly channel: string;
  /** Whose private events; absent for the channel’s own. */
  readonly user?: string;
}

/** From where a history is read: after a position, from a time on (ms since 1970, inclusive), or its last event. */
export type ReadFrom = { readonly after: Position } | { readonly since: number } | 'latest';

/** Which events are read: those that have one of the values; all where absent. */
export interface EventFilter {
  readonly categories?: readonly string[] | undefined;
  readonly priorities?: readonly Priority[] | undefined;
}

/** An event of a history. */
export interface StoredEvent extends Position {
  readonly id: string;
  readonly category: string;
  readonly priority: Priority;
  readonly userId?: string;
  /** JSON text. */
  readonly data: string;
  readonly timestamp: number;
}

/** What reading one history came to. */
export interface HistoryPage {
  /** Oldest first. */
  readonly events: readonly StoredEvent[];
  /** Everything up to here was looked at. */
  readonly read: Position;
  /** There is more behind `read`. */
  readonly more: boolean;
  /** Something that was asked for is not there any more, or the position asked for is of another epoch. */
  readonly missing: boolean;
}

/** What was heard, per channel, and per user and channel for private events. */
export interface History {
  /**
   * Appends broadcasts in the given order, each history by one atomic step, each broadcast at most once per
   * (publisher, channel, id): for at least five minutes, and for as long as nothing else is appended to that history.
   * Before a channel is appended to, `activeChannels` knows it.
   *
   * @returns one entry per broadcast, in the given order.
   * @throws DependencyAway; some histories may have been appended to, and repeating the call is safe.
   */
  append(broadcasts: readonly Broadcast[]): Promise<readonly Recorded[]>;

  /**
   * Where the channels stand, creating the epoch of a channel never heard of.
   *
   * @param user - whose private positions to give beside, where there are any.
   * @returns positions by channel text, and the history’s clock (ms since 1970), read before them.
   */
  positions(
    channels: readonly string[],
    user?: string,
  ): Promise<{ readonly positions: Positions; readonly time: number }>;

  /** The history’s clock, ms since 1970. */
  time(): Promise<number>;

  /**
   * Reads several histories, in one round trip per thousand.
   *
   * @param requests - with the most events of each.
   * @returns a page per request, in the given order.
   */
  read(
    requests: readonly { readonly name: HistoryName; readonly from: ReadFrom; readonly most: number }[],
    filter: EventFilter,
  ): Promise<readonly HistoryPage[]>;

  /**
   * Channels that were appended to at `since` (ms since 1970) or later; some may be older. In pages.
   *
   * @param firstSegments - only channels that begin with one of these segments; undefined for all.
   */
  activeChannels(firstSegments: readonly string[] | undefined, since: number): AsyncIterable<readonly string[]>;

  /** Channels on which the user was sent private events at `since` (ms since 1970) or later; some may be older. */
  privateChannels(user: string, since: number): Promise<readonly string[]>;
}

/** Who someone is, and what they may do. */
export interface Identity {
  readonly user: string;
  /** May see and do what concerns everyone. */
  readonly admin: boolean;
  readonly session: Session;
}

/** Tells who someone is. */
export interface Authenticator {
  /**
   * @param token - as the client sent it.
   * @returns who it belongs to; undefined where it is not to be believed, or was revoked.
   * @throws DependencyAway, or any other error where it cannot be checked now.
   */
  identify(token: string): Promise<Identity | undefined>;
}

/** One-time tickets: a browser shows one in the address of its handshake, where a token must not stand. */
export interface Tickets {
  /** @returns a ticket that cannot be guessed, good once within 30 seconds. */
  issue(identity: Identity): Promise<string>;

  /** @returns whom it was issued to; undefined for one that was never issued, was used, or is too old. */
  redeem(ticket: string): Promise<Identity | undefined>;
}

/** What is counted for a frame. */
export interface Toll {
  /** Undefined for what comes over no connection. */
  readonly connection: string | undefined;
  readonly user: string;
  /** How many messages of each type. */
  readonly messages: ReadonlyMap<string, number>;
}

/** A limit that was reached. */
export interface Exceeded {
  readonly level: 'messageType' | 'connection' | 'user' | 'global';
  /** Milliseconds until it lets something pass again. */
  readonly retryAfter: number;
  /** Whoever it is goes on sending although it is refused. */
  readonly persistent: boolean;
}

/** How much everyone may send. */
export interface RateLimiter {
  /**
   * Counts messages at every level, one type of a connection, the connection, the user, everyone, in one round trip
   * that is shared with what else is asked in its tick. What a narrower level refuses is not counted at wider ones.
   * Never rejects: where counts cannot be shared, each process counts by itself.
   *
   * @returns the narrowest limit that was reached.
   */
  take(toll: Toll): Promise<Exceeded | undefined>;
}

/** What putting a piece of a message to the others came to: the whole text, or why there is none. */
export type Assembled =
  | { readonly whole: string }
  | 'incomplete'
  | 'other-total'
  /** The message is larger than one may be; what was held of it is forgotten. */
  | 'too-large'
  /** The connection has too much or too many under way. */
  | 'too-many';

/** Messages that come in pieces, in any order and at once. */
export interface Assembly {
  /**
   * Puts a piece to the others of its message. Each message is handed out whole exactly once, to whoever brought its last
   * missing piece. What stays incomplete is forgotten a minute after its latest piece.
   *
   * @param most - bytes of one message; a connection has no more than twice that under way.
   */
  add(connectionId: string, chunk: Chunk, most: number): Promise<Assembled>;
}

/** What is kept for a client between two requests, for its user alone. */
export interface Cursors {
  /** @returns a name for it that cannot be guessed, good for ten minutes. */
  save(user: string, content: string): Promise<string>;

  /** @returns undefined for one that was never saved for this user, or is no longer kept. */
  load(user: string, name: string): Promise<string | undefined>;
}

/** The way from those who publish to the fan-out. */
export interface Bus {
  /**
   * Publishes a broadcast. When this resolves, the broker holds it in a queue and it will be fanned out at least once.
   * Retries a lost connection by itself, with the same id.
   *
   * @throws DependencyAway where the broker did not take it, or no queue did. Its outcome is then unknown.
   */
  publish(broadcast: Broadcast): Promise<void>;

  /** Asks for the `connection` message to be sent. Promises and errors as for `publish`. */
  welcome(connection: Connection): Promise<void>;
}

/** A message as it came. */
export interface Arrived {
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly messageId: string | undefined;
  /** The queue it came from. */
  readonly queue: string;
}

/** A message that cannot be processed, and why. */
export interface Poison extends Arrived {
  readonly reason: string;
}

/** A message from a shard queue: a broadcast, with what it was made of, or what can never become one. */
export type Incoming = {
  /** It was handed out before, by a batch that came back or a consumer that went away. */
  readonly redelivered: boolean;
} & ({ readonly broadcast: Broadcast; readonly arrived: Arrived } | { readonly poison: Poison });

/** Where messages go that cannot be processed. */
export interface Parking {
  /** When this resolves, the broker holds the message with its reason. @throws DependencyAway */
  park(message: Poison): Promise<void>;
}

/** The outcome of a post: the gateway took it; the connection is no more; or it would not take it in time. */
export type Posted = 'taken' | 'gone' | 'stuck';

/** Frames to clients. */
export interface Gateway {
  /**
   * Posts one frame, trying again on what is passing, for up to `patience` milliseconds.
   *
   * Frames of one connection arrive in order only if each post is awaited before the next.
   *
   * @throws DependencyAway where the gateway itself could not be reached for that long, or took no more from this account.
   */
  post(connection: Connection, frame: Uint8Array, patience: number): Promise<Posted>;

  /**
   * Asks whether a connection is there.
   *
   * @returns `unknown` where the gateway is one that cannot say.
   * @throws DependencyAway where it did not answer, or was too busy to.
   */
  find(connection: Pick<Connection, 'id' | 'endpoint'>): Promise<'open' | 'gone' | 'unknown'>;

  /** Closes the socket. Safe to repeat. @throws DependencyAway */
  close(connection: Connection): Promise<void>;
}

/** Numbers of the whole service, added to from many places at once. Nothing here delays or fails its caller. */
export interface Counters {
  /** Adds a whole number. It is counted exactly once, unless this process ends within a second. */
  add(field: string, by: number): void;

  /** Sets a number; of several values the last one written counts. */
  set(field: string, value: number): void;

  /** Sends what waits along with the commands that are sent in this tick, costing no round trip of its own. */
  ride(): void;

  /** Resolves once what waited is written, or could not be and goes on waiting. */
  flush(): Promise<void>;

  /** @throws DependencyAway */
  read(): Promise<ReadonlyMap<string, number>>;
}

/** What is measured of the service: see the table of metrics. Never waits and never fails. */
export interface Meter {
  count<M extends CounterName>(metric: M, dimensions: DimensionsOf<M>, by?: number): void;

  /** @param value - in the metric’s unit. */
  observe<M extends HistogramName>(metric: M, dimensions: DimensionsOf<M>, value: number, times?: number): void;

  /** @param value - in the metric’s unit. */
  set<M extends GaugeName>(metric: M, dimensions: DimensionsOf<M>, value: number): void;
}

/** Time. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after so many milliseconds. */
  sleep(duration: number): Promise<void>;
}
