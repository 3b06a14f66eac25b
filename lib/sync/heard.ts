import type { Connection } from '../ports/connection.ts';

/** A set of a batch’s channels that connections hear. Equal sets of one {@link HeardSets} are one object. */
export interface Heard {
  /** Numbers of the channels, ascending. */
  readonly channels: readonly number[];
}

/** A connection, and which of the channels asked for it hears, by their numbers in what was asked. */
export interface Listener {
  readonly connection: Connection;
  readonly heard: Heard;
}

class Node implements Heard {
  readonly channels: readonly number[];
  /** The set with the channels of one text more, by the text’s number. */
  readonly plus = new Map<number, Node>();

  constructor(channels: readonly number[]) {
    this.channels = channels;
  }
}

/**
 * What the connections of an audience hear, worked out once for all who hear the same. A connection that stands under
 * several texts takes one step per text, each a look-up, however many channels and events that text brings it.
 */
export class HeardSets {
  readonly #channelsOf: readonly (readonly number[])[];
  readonly #sets = new Map<string, Node>();
  readonly #nothing = new Node([]);

  /** @param channelsOf - for each text by its number, the numbers of the channels it matches. */
  constructor(channelsOf: readonly (readonly number[])[]) {
    this.#channelsOf = channelsOf;
  }

  /** How many sets there are. */
  get size(): number {
    return this.#sets.size;
  }

  /** The same, with nothing worked out yet. */
  anew(): HeardSets {
    return new HeardSets(this.#channelsOf);
  }

  /** What is heard by who hears `heard` (undefined for nothing) and stands under one text more. */
  with(heard: Heard | undefined, text: number): Heard {
    const from = heard === undefined ? this.#nothing : (heard as Node);
    const known = from.plus.get(text);
    if (known !== undefined) return known;
    const channels = [...new Set([...from.channels, ...(this.#channelsOf[text] as readonly number[])])].sort(
      (a, b) => a - b,
    );
    const key = channels.join();
    const set = this.#sets.get(key) ?? new Node(channels);
    this.#sets.set(key, set);
    from.plus.set(text, set);
    return set;
  }
}
