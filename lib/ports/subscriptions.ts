import type { Caller, Connection } from './connection.ts';

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
  /** None of these is among those added: of an entry that came and went it is told what holds now. */
  readonly removed: readonly RegistryEntry[];
}

/** Which page of the listeners of a text. */
export interface ListenersRequest {
  readonly text: string;
  /** The id of the last connection of the page before; undefined for the first page. */
  readonly after: string | undefined;
  /** Listeners at most; as many as a page has, where absent or more than that. */
  readonly most?: number;
}

/** Some listeners of a text. */
export interface ListenersPage {
  readonly listeners: readonly Connection[];
  /** There are more behind these. Never true of an empty page. */
  readonly more: boolean;
}

/** What kept subscriptions from being added: none of them was. */
export type NotAdded = 'too-many' | 'too-many-patterns' | 'other-session';

/** Shapes told apart; a channel costs one look-up per shape that fits it. */
export const MAX_SHAPES = 64;

/**
 * Whether a user may enter another shape: as long as they have entered fewer than a quarter of those that are still
 * free. So nobody takes them all, and those who come later find some, however many before them took what they could.
 *
 * @param entered - by anybody.
 * @param own - those of them that the user entered.
 */
export const mayEnterShape = (entered: number, own: number): boolean => 4 * own < MAX_SHAPES - entered;

/** Who listens to what. */
export interface Subscriptions {
  /**
   * Adds subscriptions. When this resolves they are durable, and every call of `changes` and `listeners` that begins
   * afterwards sees them. Adding one again changes nothing but its expiry. The connection listens with the capabilities
   * of its record; with the caller's where there is none.
   *
   * Where this overlaps another change of the connection, or its end, it listens to what it holds and to nothing else
   * once both are done; whether it holds these {@link confirm} tells.
   *
   * A pattern is found by its shape where that is known, or the user may enter it: see {@link mayEnterShape}. Else it is
   * matched by itself.
   *
   * @param mostPatterns - that are matched by themselves and that the user may have entered, over all connections; as many
   *   as there are, without it. What somebody else entered before counts for them.
   * @returns what kept it from adding any: the connection would hold more than `most`, the user would have entered more than
   *   `mostPatterns`, or its session is another by now than the caller's; undefined where all were added.
   * @throws DependencyAway; repeating the call completes it.
   */
  add(
    caller: Caller,
    subscriptions: readonly Subscription[],
    most: number,
    mostPatterns?: number,
  ): Promise<NotAdded | undefined>;

  /**
   * Which of these the connection does not hold; `closed` where there are such and it has no record.
   *
   * @param texts - one at the least.
   */
  missing(connectionId: string, texts: readonly string[]): Promise<readonly string[] | 'closed'>;

  /**
   * Ends {@link add}, right before the request that asked for it is answered. So of two requests that undo each other the
   * one that is answered last has its way, and neither waits for the other: what was removed by one that is not answered
   * yet stays so.
   *
   * @param texts - one at the least.
   * @returns which of them are to be added again, since they were removed meanwhile; `closed` where some are not held and
   *   the connection has no record.
   * @throws DependencyAway; repeating the call completes it.
   */
  confirm(connectionId: string, texts: readonly string[]): Promise<readonly string[] | 'closed'>;

  /**
   * Removes subscriptions; those not held are passed over. None of them is held when this resolves, also where they
   * were added meanwhile, and calls that begin afterwards do not see them; except what was added meanwhile and is not
   * confirmed.
   *
   * @throws DependencyAway; repeating the call completes it.
   */
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

  /**
   * For the sweeper: ends what requests of a connection were ending when their functions were killed. It listens to that no
   * more.
   */
  finish(connectionId: string): Promise<void>;

  /**
   * For the sweeper: looks at some entries of the registry, next time at the following ones, and removes those that nobody
   * can need any more: no connection listens to the pattern, or none that lives can have asked for the shape. One that is
   * asked for meanwhile stays.
   *
   * @param most - about how many entries to look at.
   * @returns how many were removed.
   */
  pruneRegistry(most: number): Promise<number>;
}
