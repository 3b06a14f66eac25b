/** Since when something is away: since the first of its failures that no success came after. */
export class Outage {
  #since: number | undefined;

  /** Milliseconds since 1970; undefined where it is not away. */
  get since(): number | undefined {
    return this.#since;
  }

  /** @param at - milliseconds since 1970. */
  note(isAway: boolean, at: number): void {
    this.#since = isAway ? (this.#since ?? at) : undefined;
  }
}
