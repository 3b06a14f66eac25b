/**
 * The first of some channels by their names, found in one pass over however many there are, in any order: no more than
 * twice as many are held as are wanted.
 */
export class FirstOf {
  readonly #after: string;
  readonly #most: number;
  #held = new Set<string>();
  /** Behind this one nothing is wanted any more. */
  #last: string | undefined;

  /**
   * @param after - only channels behind this one; '' for all.
   * @param most - channels.
   */
  constructor(after: string, most: number) {
    this.#after = after;
    this.#most = most;
  }

  /** Whether a channel may be among the first, as far as is known: looked at before what costs more is asked of it. */
  wants(channel: string): boolean {
    return channel > this.#after && (this.#last === undefined || channel <= this.#last);
  }

  /** Takes in a channel; one that comes again counts once. */
  add(channel: string): void {
    if (channel <= this.#after) return;
    this.#held.add(channel);
    if (this.#held.size >= 2 * this.#most) this.#cut();
  }

  /**
   * @returns the channels, as they came where they are all, else in order; and the last of them by name where there are more
   *   behind it.
   */
  get taken(): { readonly channels: readonly string[]; readonly behind: string | undefined } {
    if (this.#held.size > this.#most) this.#cut();
    return { channels: [...this.#held], behind: this.#last };
  }

  #cut(): void {
    this.#held = new Set([...this.#held].sort().slice(0, this.#most));
    this.#last = [...this.#held].at(-1);
  }
}
