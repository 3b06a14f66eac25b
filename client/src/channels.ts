import type { Event as EventMessage, Priority } from './messages.ts';

/** What is known of the data where nobody said what it is. */
export type AnyChannels = Readonly<Record<string, unknown>>;

/**
 * An event as it was heard.
 *
 * @typeParam Data - of its `data`, as the application says: nothing looks at it, unless a schema does.
 */
export interface Event<Data = unknown> extends EventMessage {
  /**
   * What was published. Null where the event is `omitted`, whatever `Data` says: who connects without the capability `chunk`, or
   * begins with more than 4 MiB of `initialState`, looks at that first.
   */
  readonly data: Data;
  /** Its data is left out: it was too large for the frames that this client takes, or for all of an initial state. */
  readonly omitted?: true | undefined;
  /**
   * The id of its broadcast, the library's or the publisher's own. The service holds one for the same if it comes again within
   * five minutes, from the same user and to the same channel.
   */
  readonly id: string;
  /** Where it was published. */
  readonly channel: string;
  /** The channel's first segment, unless its publisher named another. */
  readonly category: string;
  /** As its publisher gave it, else `normal`. */
  readonly priority: Priority;
  /** Who published it, where that is known. */
  readonly userId?: string | undefined;
  /** W3C Trace Context, where its publisher gave one. */
  readonly traceparent?: string | undefined;
  /** When it was appended, by the service's clock: ms since 1970. It never decreases within a channel. */
  readonly timestamp: number;
  /** Its number on the channel, counted from 1 without gaps. Private events are counted apart, for each user. */
  readonly offset: number;
  /** Which count the offset is of. Another one means that the history was lost. */
  readonly epoch: string;
  /** It was addressed to users by name, as `targetUsers` has it. */
  readonly private?: true | undefined;
  /** The texts of this connection's subscriptions that it fits, where it was connected with the capability `matched`. */
  readonly matched?: readonly string[] | null | undefined;
}

type Separator = ':' | '.';

/** Segments, and between them what separates them. */
type Split<Text extends string> = Text extends `${infer Head}:${infer Tail}`
  ? [...SplitAtDots<Head>, ':', ...Split<Tail>]
  : SplitAtDots<Text>;
type SplitAtDots<Text extends string> = Text extends `${infer Head}.${infer Tail}`
  ? [Head, '.', ...SplitAtDots<Tail>]
  : [Text];

/** What a `?`, or a `*` beside other characters, makes of a segment is not gone into: it may be any. */
type Wild<Part> = string extends Part ? true : Part extends `${string}${'*' | '?'}${string}` ? true : false;

type PartsOverlap<A, B> = A extends B
  ? true
  : B extends A
    ? true
    : A extends Separator
      ? false
      : B extends Separator
        ? false
        : Wild<A> extends true
          ? true
          : Wild<B>;

type Or<A, B> = A extends true ? true : B;

/** A `**` of `A` stands for one or more segments, or in the middle for none. */
type Swallows<Rest extends readonly unknown[], B extends readonly unknown[]> = Rest extends readonly []
  ? true
  : B extends readonly [unknown, ...infer Tail]
    ? Or<ListsOverlap<Rest, Tail>, Swallows<Rest, Tail>>
    : false;

/** A `**` that stands for nothing takes one of the two separators beside it with it, where they are the same. */
type Vanishes<A extends readonly unknown[], B extends readonly unknown[]> = A extends readonly [
  infer Before,
  '**',
  infer After,
  ...infer Rest,
]
  ? Before extends After
    ? ListsOverlap<[After, ...Rest], B>
    : false
  : false;

type ListsOverlap<A extends readonly unknown[], B extends readonly unknown[]> = A extends readonly [
  infer Head,
  ...infer Rest,
]
  ? B extends readonly [infer Other, ...infer Others]
    ? Head extends '**'
      ? Or<Swallows<Rest, B>, Other extends '**' ? Swallows<Others, A> : false>
      : Other extends '**'
        ? Swallows<Others, A>
        : PartsOverlap<Head, Other> extends true
          ? Or<Or<Vanishes<A, B>, Vanishes<B, A>>, ListsOverlap<Rest, Others>>
          : false
    : false
  : B extends readonly []
    ? true
    : false;

/** Whether there may be a channel that both hear, of two channels or patterns. */
type Overlap<A extends string, B extends string> = string extends A
  ? true
  : string extends B
    ? true
    : ListsOverlap<Split<A>, Split<B>>;

type IsPattern<Text extends string> = Text extends `${string}${'*' | '?'}${string}` | `/${string}` ? true : false;

/** Which entries of a map a channel or pattern may hear. One that is there by its very name is the only one. */
type KeysOf<Channels, Text extends string> = Text extends keyof Channels
  ? IsPattern<Text> extends true
    ? Overlapping<Channels, Text>
    : Text
  : Overlapping<Channels, Text>;

/** What an expression hears only the service knows: it may be all. As an entry it is found by its own text. */
type Overlapping<Channels, Text extends string> = {
  [Key in keyof Channels & string]: Key extends Text
    ? Key
    : Text extends `/${string}`
      ? Key
      : Key extends `/${string}`
        ? never
        : Overlap<Key, Text> extends true
          ? Key
          : never;
}[keyof Channels & string];

/**
 * The type of the data that a channel or pattern hears.
 *
 * @typeParam Channels - channels and patterns, each with the type of its data.
 * @typeParam Text - `order:42`, `order:*` or `` `order:${string}` ``, where what is not known stands for one segment.
 */
export type DataOf<Channels, Text extends string> =
  KeysOf<Channels, Text> extends infer Key ? (Key extends keyof Channels ? Channels[Key] : never) : never;

/** The text itself where a map has an entry for it; else what the map has, which an error of types then names. */
export type Known<Channels, Text extends string> = [KeysOf<Channels, Text>] extends [never]
  ? keyof Channels & string
  : Text;
