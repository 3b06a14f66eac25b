/** Tokens that come back at a steady rate, up to a most. */
export class TokenBucket {
  readonly #rate: number;
  readonly #most: number;
  #tokens: number;
  #filled: number;

  /**
   * @param rate - tokens a second.
   * @param most - tokens at the beginning, and at any time.
   * @param now - milliseconds of a clock that never goes back.
   */
  constructor(rate: number, most: number, now: number) {
    this.#rate = rate;
    this.#most = most;
    this.#tokens = most;
    this.#filled = now;
  }

  /** Takes a token. @returns false where there is none. */
  take(now: number): boolean {
    this.#tokens = Math.min(this.#most, this.#tokens + ((now - this.#filled) * this.#rate) / 1_000);
    this.#filled = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
