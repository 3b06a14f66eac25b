interface Entry<T> {
  readonly channel: string;
  readonly found: T;
  /** Whether it was asked for again since it came, or since the hand last passed. */
  wasAsked: boolean;
  newer: Entry<T> | undefined;
  older: Entry<T> | undefined;
}

/**
 * What was found for channels, of which those are kept that are asked for again and again. It is SIEVE: entries stand in
 * the order they came in, and where one must go a hand moves from the oldest to the newest and takes the first that nobody
 * asked for since it last passed. A hit is a look-up and one bit, nothing is moved; and channels asked for once go before
 * those that are popular, where the least recently used would drive these out. After Y. Zhang and others, "SIEVE is Simpler
 * than LRU", NSDI 2024.
 *
 * Nothing in it may outlive a change of what is searched: it is then emptied whole, since changes are rare.
 */
export class MatchCache<T> {
  readonly #most: number;
  readonly #entries = new Map<string, Entry<T>>();
  #newest: Entry<T> | undefined;
  #oldest: Entry<T> | undefined;
  /** Where the hand stands; at the oldest, where it has nowhere to stand. */
  #hand: Entry<T> | undefined;

  /** @param most - channels remembered; 0 for none. */
  constructor(most: number) {
    this.#most = most;
  }

  /** What is remembered of a channel, or else what `find` finds, which is then remembered. */
  get(channel: string, find: () => T): T {
    const entry = this.#entries.get(channel);
    if (entry !== undefined) {
      entry.wasAsked = true;
      return entry.found;
    }
    const found = find();
    if (this.#most > 0) this.#add(channel, found);
    return found;
  }

  clear(): void {
    this.#entries.clear();
    this.#newest = undefined;
    this.#oldest = undefined;
    this.#hand = undefined;
  }

  #add(channel: string, found: T): void {
    if (this.#entries.size >= this.#most) this.#drop();
    const entry: Entry<T> = { channel, found, wasAsked: false, newer: undefined, older: this.#newest };
    if (this.#newest !== undefined) this.#newest.newer = entry;
    this.#newest = entry;
    this.#oldest ??= entry;
    this.#entries.set(channel, entry);
  }

  #drop(): void {
    let entry = this.#hand ?? this.#oldest;
    // The hand clears what it passes, so it stops after one round at the latest.
    while (entry?.wasAsked) {
      entry.wasAsked = false;
      entry = entry.newer ?? this.#oldest;
    }
    if (entry === undefined) return;
    this.#hand = entry.newer;
    if (entry.newer === undefined) this.#newest = entry.older;
    else entry.newer.older = entry.older;
    if (entry.older === undefined) this.#oldest = entry.newer;
    else entry.older.newer = entry.newer;
    this.#entries.delete(entry.channel);
  }
}
