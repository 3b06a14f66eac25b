/**
 * What was found for the channels asked for last. The least recently asked for goes first.
 *
 * Nothing in it may outlive a change of what is searched: it is then emptied whole, since changes are rare.
 */
export class MatchCache<T> {
  readonly #most: number;
  /** In the order of the last asking. */
  readonly #found = new Map<string, T>();

  /** @param most - channels remembered; 0 for none. */
  constructor(most: number) {
    this.#most = most;
  }

  /** What is remembered of a channel, or else what `find` finds, which is then remembered. */
  get(channel: string, find: () => T): T {
    let found = this.#found.get(channel);
    if (found === undefined) {
      found = find();
      if (this.#most === 0) return found;
      if (this.#found.size >= this.#most) this.#found.delete(this.#found.keys().next().value as string);
    } else {
      this.#found.delete(channel);
    }
    this.#found.set(channel, found);
    return found;
  }

  clear(): void {
    this.#found.clear();
  }
}
