import type { Event as EventMessage } from './messages.ts';

/** What is known of the data where nobody said what it is. */
export type AnyChannels = Readonly<Record<string, unknown>>;

/**
 * An event as it was heard.
 *
 * @typeParam Data - of its `data`, as the application says: nothing looks at it, unless a schema does. It is null where the
 *   event was `omitted`.
 */
export interface Event<Data = unknown> extends EventMessage {
  readonly data: Data;
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

/** Anything where a map has an entry for the text; nothing where it has none, so that a slip is an error. */
export type Known<Channels, Text extends string> = [KeysOf<Channels, Text>] extends [never] ? never : unknown;
