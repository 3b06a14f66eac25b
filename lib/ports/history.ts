import type { Position, Positions } from '../protocol/position.ts';
import type { Priority } from '../protocol/priority.ts';
import type { Broadcast, Recorded } from './broadcast.ts';
import type { PublisherName, Remembered } from './sequence.ts';
import type { Turn } from './turn.ts';

/** One history: that of a channel, or that of one user’s private events on a channel. */
export interface HistoryName {
  readonly channel: string;
  /** Whose private events; absent for the channel’s own. */
  readonly user?: string;
}

/** Backwards: the latest events before a position, or before the end. */
export interface ReadBack {
  readonly before: Position | undefined;
}

/** From where a history is read: after a position, from a time on (ms since 1970, inclusive), backwards, or its last event. */
export type ReadFrom = { readonly after: Position } | { readonly since: number } | ReadBack | 'latest';

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
  readonly traceparent?: string;
  /** JSON text. It may be unpacked when it is asked for. */
  readonly data: string;
  readonly timestamp: number;
  /** Bytes of what is stored of its data, where that was more than was asked for: it was not read. */
  readonly apart?: number;
  /** Whether its data has more bytes than that, found out without unpacking more than those. */
  readonly isLarger?: (bytes: number) => boolean;
}

/** Which events of a history are read. */
export interface ReadRequest {
  readonly name: HistoryName;
  readonly from: ReadFrom;
  /** Events. */
  readonly most: number;
  /** Bytes of their data, as they are stored; an equal part of what one round trip brings, where absent. */
  readonly bytes?: number;
}

/** What reading one history came to. */
export interface HistoryPage {
  /** Oldest first. */
  readonly events: readonly StoredEvent[];
  /** Everything up to here was looked at; backwards, everything from here on. */
  readonly read: Position;
  /** There is more behind `read`; backwards, before it. */
  readonly more: boolean;
  /**
   * Something that was asked for is not there any more, or the position asked for is of another epoch. Backwards, all down
   * to the first event is asked for, and a position of another epoch brings nothing.
   */
  readonly missing: boolean;
}

/**
 * The time that it is, as an interval (ms since 1970): two clocks were asked, the history’s and the caller’s, and either
 * may have been set. Google’s TrueTime says it in the same way, of clocks that are only inexact.
 */
export interface Present {
  readonly earliest: number;
  readonly latest: number;
}

/** What the latest turn of a shard that appended to a history appended there. */
export interface Span {
  readonly name: HistoryName;
  readonly epoch: string;
  /** Of the turn. */
  readonly fence: number;
  /** The offset before. */
  readonly after: number;
  /** The last offset. Between them others may have appended. */
  readonly upTo: number;
}

/** What was heard, per channel, and per user and channel for private events. */
export interface History {
  /**
   * Appends broadcasts in the given order, each history by atomic steps one after another, each broadcast at most once per
   * (publisher, channel, id): until something is appended to that history that was published more than five minutes later,
   * or, where nobody said when it was, that is appended more than five minutes after the id was; up to the retention. Before
   * a channel is appended to, `activeChannels` knows it.
   *
   * One with a sequence is appended at most once per (publisher’s user, publisher, channel, number) too, whatever its id: for
   * as long as events are kept, from the publisher’s latest write on, and as long as the publisher is among those that are
   * remembered (`MOST_PUBLISHERS`, `MOST_OF_USER`). Of two with different ids both are appended where the publisher is forgotten.
   *
   * Within a turn, nothing counts as there already that the turn itself appended: repeating the call with the same
   * objects says what the first call would have, also where its answer was lost. Nor does what was appended under a fence
   * of which nothing is known, or under none: it is said to be new.
   *
   * @param turn - of the shard that posts what is appended; without one nothing is fenced, and nobody finishes it.
   * @returns one entry per broadcast, in the given order.
   * @throws Fenced where a later turn, of any shard, appended to one of the histories; others may have been appended to.
   * @throws DependencyAway where some histories may have been appended to, all of them even; repeating the call is safe.
   */
  append(broadcasts: readonly Broadcast[], turn?: Turn): Promise<readonly Recorded[]>;

  /**
   * What is remembered of publishers, each in one history. It costs one round trip for some hundred.
   *
   * @returns one for each, in the given order.
   * @throws DependencyAway
   */
  remembered(
    asked: readonly { readonly name: HistoryName; readonly publisher: PublisherName }[],
  ): Promise<readonly Remembered[]>;

  /**
   * Closes histories to every turn before this one, and says what the shard appended to them last.
   *
   * @returns a span for each history to which the shard did; in no particular order.
   * @throws Fenced where a later turn has appended to one of them.
   * @throws DependencyAway; repeating the call is safe.
   */
  fence(names: readonly HistoryName[], turn: Turn): Promise<readonly Span[]>;

  /**
   * Where the channels stand. Nothing is made for those that hold nothing: their offset is 0, their epoch '', or the one
   * they will begin with. Who asks to be foretold is told it always; an epoch once foretold is of no history before, and
   * is another where what was foretold may have been forgotten.
   *
   * @param user - whose private positions to give beside, where there are any.
   * @returns positions by channel text, and the time that it was before they were read, at the earliest: what is appended
   *   afterwards bears this timestamp or a later one, even where one of the clocks was set meanwhile.
   */
  positions(
    channels: readonly string[],
    user?: string,
    isForetold?: boolean,
  ): Promise<{ readonly positions: Positions; readonly time: number }>;

  /** What is appended afterwards bears the earliest time of this or a later one, even where one of the clocks was set. */
  time(): Promise<Present>;

  /**
   * Reads several histories, some hundred in a round trip. A page may hold fewer events than were asked for, or none,
   * where they or what was looked at come to many bytes; the data of one that is too large by itself is left out.
   *
   * @returns a page per request, in the given order.
   */
  read(requests: readonly ReadRequest[], filter: EventFilter): Promise<readonly HistoryPage[]>;

  /**
   * Channels that were appended to at `since` (ms since 1970) or later; some may be older. In pages, in the order of their
   * names (UTF-16 code units), each once. What it costs follows from how many are taken.
   *
   * @param prefixes - only channels that begin with one of these texts.
   * @param after - only channels behind this one; '' for all.
   */
  activeChannels(prefixes: readonly string[], since: number, after: string): AsyncIterable<readonly string[]>;

  /** The same, of channels on which the user was sent private events. */
  privateChannels(user: string, since: number, after: string): AsyncIterable<readonly string[]>;
}
