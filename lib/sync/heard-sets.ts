import type { Connection } from '../ports/connection.ts';
import { type Matched, matchedOf } from '../protocol/matched.ts';

/** A text under which connections stand, and the channels of a batch that it matches, by their numbers. */
export interface Text {
  readonly text: string;
  readonly channels: readonly number[];
}

/** A set of a batch’s channels that connections hear. Equal sets of one {@link HeardSets} are one object. */
export interface HeardSet {
  /** Numbers of the channels, ascending. */
  readonly channels: readonly number[];
  /** For each of them the texts by which they hear it; undefined where these are not told apart. */
  readonly matched?: readonly Matched[];
}

/** A connection, and which of the channels asked for it hears, by their numbers in what was asked. */
export interface Listener {
  readonly connection: Connection;
  readonly heard: HeardSet;
}

/** The texts under which a connection stands, as far as they were met: a way from the root of a tree of all of them. */
export class Path {
  readonly before: Path | undefined;
  readonly text: number;
  #longer: Map<number, Path> | undefined;
  /** Worked out when it is asked for, without the texts and with them. */
  heard: HeardSet | undefined;
  matched: HeardSet | undefined;

  constructor(before: Path | undefined, text: number) {
    this.before = before;
    this.text = text;
  }

  with(text: number): Path | undefined {
    return this.#longer?.get(text);
  }

  add(text: number): Path {
    const longer = new Path(this, text);
    this.#longer ??= new Map();
    this.#longer.set(text, longer);
    return longer;
  }
}

/** Before any text. */
const NO_TEXT = -1;

/**
 * What the connections of an audience hear, worked out once for all who stand under the same texts. A connection takes one
 * step per text, each a look-up, however many channels and events that text brings it.
 */
export class HeardSets {
  readonly #texts: readonly Text[];
  readonly #names: readonly string[];
  readonly #root = new Path(undefined, NO_TEXT);
  readonly #sets = new Map<string, HeardSet>();
  #size = 0;

  /**
   * @param texts - by their numbers.
   * @param names - of the channels, by their numbers.
   */
  constructor(texts: readonly Text[], names: readonly string[]) {
    this.#texts = texts;
    this.#names = names;
  }

  /** How many paths there are; no fewer than sets. */
  get size(): number {
    return this.#size;
  }

  /** The same, with nothing worked out yet. */
  anew(): HeardSets {
    return new HeardSets(this.#texts, this.#names);
  }

  /** The path of who stands under one text more than those of `path`; undefined for none. */
  with(path: Path | undefined, text: number): Path {
    const before = path ?? this.#root;
    const known = before.with(text);
    if (known !== undefined) return known;
    this.#size++;
    return before.add(text);
  }

  /** What is heard by who stands under the texts of a path. */
  of(path: Path): HeardSet {
    path.heard ??= this.#setOf(path);
    return path.heard;
  }

  /** The same, with the texts: one object for all who stand under the same. */
  matchedOf(path: Path): HeardSet {
    path.matched ??= this.#matchedOf(path);
    return path.matched;
  }

  #matchedOf(path: Path): HeardSet {
    const texts = this.#textsOf(path);
    const { channels } = this.of(path);
    const fitting = (number: number) => texts.flatMap(({ text, channels }) => (channels.includes(number) ? text : []));
    return { channels, matched: channels.map((number) => matchedOf(this.#names[number] as string, fitting(number))) };
  }

  #textsOf(path: Path): readonly Text[] {
    const texts: Text[] = [];
    for (let at: Path = path; at.before !== undefined; at = at.before) texts.push(this.#texts[at.text] as Text);
    return texts;
  }

  #setOf(path: Path): HeardSet {
    const numbers = new Set<number>();
    for (const { channels } of this.#textsOf(path)) for (const number of channels) numbers.add(number);
    const channels = [...numbers].sort((a, b) => a - b);
    const key = channels.join();
    const set = this.#sets.get(key) ?? { channels };
    this.#sets.set(key, set);
    return set;
  }
}
