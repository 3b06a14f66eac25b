/** Channels looked at for one answer, of which it may be that none is asked for. */
const MOST_LOOKED = 10_000;

/**
 * The first of some channels by their names, found in one pass over however many there are, in any order: no more than
 * twice as many are held as are wanted.
 */
export class FirstOf {
  /** Only channels behind this one are wanted; '' for all. */
  readonly after: string;
  readonly #most: number;
  #held = new Set<string>();
  /** Behind this one nothing is wanted any more. */
  #last: string | undefined;

  /**
   * @param after - only channels behind this one; '' for all.
   * @param most - channels.
   */
  constructor(after: string, most: number) {
    this.after = after;
    this.#most = most;
  }

  /** Whether a channel may be among the first, as far as is known: looked at before what costs more is asked of it. */
  wants(channel: string): boolean {
    return channel > this.after && (this.#last === undefined || channel <= this.#last);
  }

  /** Takes in a channel, if it is wanted; one that comes again counts once. */
  add(channel: string): void {
    if (!this.wants(channel)) return;
    this.#held.add(channel);
    if (this.#held.size >= 2 * this.#most) this.#cut();
  }

  /**
   * Takes in, of channels that come in order, as many as may be among the first.
   *
   * @param isAsked - whether a channel is to be taken in.
   */
  async addInOrder(pages: AsyncIterable<readonly string[]>, isAsked: (channel: string) => boolean): Promise<void> {
    let [added, looked] = [0, 0];
    for await (const page of pages) {
      for (const channel of page) {
        if (added > this.#most || !this.wants(channel)) return;
        if (!isAsked(channel)) continue;
        this.add(channel);
        added++;
      }
      looked += page.length;
      if (looked < MOST_LOOKED) continue;
      this.#endAt(page.at(-1) as string);
      return;
    }
  }

  /** @returns the channels in order, and the last that was looked at where there may be more behind it. */
  get taken(): { readonly channels: readonly string[]; readonly behind: string | undefined } {
    if (this.#held.size > this.#most) this.#cut();
    return { channels: [...this.#held].sort(), behind: this.#last };
  }

  #cut(): void {
    this.#held = new Set([...this.#held].sort().slice(0, this.#most));
    this.#last = [...this.#held].at(-1);
  }

  /** Nothing is wanted behind a channel that was looked at: what is there is not known. */
  #endAt(channel: string): void {
    this.#held = new Set([...this.#held].filter((each) => each <= channel));
    this.#last = channel;
  }
}
