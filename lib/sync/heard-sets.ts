import type { Connection } from '../ports/connection.ts';

/** A set of a batch’s channels that connections hear. Equal sets of one {@link HeardSets} are one object. */
export interface HeardSet {
  /** Numbers of the channels, ascending. */
  readonly channels: readonly number[];
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
  /** Worked out when it is asked for. */
  heard: HeardSet | undefined;

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
  readonly #channelsOf: readonly (readonly number[])[];
  readonly #root = new Path(undefined, NO_TEXT);
  readonly #sets = new Map<string, HeardSet>();
  #size = 0;

  /** @param channelsOf - for each text by its number, the numbers of the channels it matches. */
  constructor(channelsOf: readonly (readonly number[])[]) {
    this.#channelsOf = channelsOf;
  }

  /** How many paths there are; no fewer than sets. */
  get size(): number {
    return this.#size;
  }

  /** The same, with nothing worked out yet. */
  anew(): HeardSets {
    return new HeardSets(this.#channelsOf);
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

  #setOf(path: Path): HeardSet {
    const numbers = new Set<number>();
    for (let at: Path = path; at.before !== undefined; at = at.before) {
      for (const number of this.#channelsOf[at.text] as readonly number[]) numbers.add(number);
    }
    const channels = [...numbers].sort((a, b) => a - b);
    const key = channels.join();
    const set = this.#sets.get(key) ?? { channels };
    this.#sets.set(key, set);
    return set;
  }
}
