import { type Clock, LONGEST_LEAVE } from './clock.ts';

/** How long to wait before trying again. */
export interface BackoffOptions {
  /** Most milliseconds of the first pause. */
  readonly first: number;
  /** Most milliseconds of any pause. */
  readonly most: number;
}

/**
 * Exponential backoff with full jitter: each pause is drawn evenly between nothing and a bound that doubles, so that
 * clients which lost their connections together do not come back together.
 */
export class Backoff {
  readonly #clock: Clock;
  readonly #options: BackoffOptions;
  /** Failures since the last success. */
  #tries = 0;

  constructor(clock: Clock, options: BackoffOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /**
   * Counts a failure.
   *
   * @param atLeast - milliseconds that the service asked for, which are heeded within reason.
   * @returns milliseconds to wait.
   */
  next(atLeast = 0): number {
    const bound = Math.min(this.#options.most, this.#options.first * 2 ** Math.min(this.#tries, 30));
    this.#tries++;
    return Math.max(Math.floor(this.#clock.random() * bound), Math.min(atLeast, LONGEST_LEAVE));
  }

  /** Counts a success. */
  reset(): void {
    this.#tries = 0;
  }
}
