/** Up to when a client was told that something is missing, by any clock: what is appended later it is to hear. */
export class Given {
  readonly #upTo = new Map<string | undefined, number>();
  readonly #givenUp = new Set<string>();
  /** Runs of offsets that it has heard something of. */
  readonly #begun = new Set<string>();
  /** Of which it was told that all is missing from somewhere on, and has heard nothing since. */
  readonly #lost = new Set<string>();

  /**
   * It hears an event. Where there is no replay, nobody tells it what stood before the first that it hears of a channel, and
   * what is posted behind that is left out.
   *
   * @param isRefused - whether it was told that there is no replay.
   * @returns whether it begins in the middle so, which counts as if it were told.
   */
  begins(channel: string, isPrivate: boolean, offset: number, isRefused: boolean): boolean {
    const run = `${channel} ${isPrivate}`;
    this.#lost.delete(run);
    if (this.#begun.has(run)) return false;
    this.#begun.add(run);
    return isRefused && offset > 1;
  }

  /** It is told of a gap. @param isGivenUp - what is missing may be there. */
  up(channel: string | undefined, now: number, isGivenUp = false): void {
    this.#upTo.set(channel, now);
    if (isGivenUp && channel !== undefined) this.#givenUp.add(channel);
  }

  /**
   * Whether it gave up something of a channel. If it is replayed that once it can be, the library takes it for a history that was
   * set back, and says so.
   */
  hasGivenUp(channel: string | undefined): boolean {
    return channel !== undefined && this.#givenUp.has(channel);
  }

  /** It was told that all of a run is missing from somewhere on: it begins again with what it hears next. */
  loses(channel: string, isPrivate: boolean): void {
    const run = `${channel} ${isPrivate}`;
    this.#begun.delete(run);
    this.#lost.add(run);
  }

  /** Whether all is missing of a run, as it was told: also what is appended later, while there is no replay. */
  isLost(channel: string, isPrivate: boolean): boolean {
    return this.#lost.has(`${channel} ${isPrivate}`);
  }

  /** Whether it was told of what was appended to a channel at a time. */
  has(channel: string, at: number): boolean {
    return [channel, undefined].some((each) => at <= (this.#upTo.get(each) ?? Number.NEGATIVE_INFINITY));
  }
}
