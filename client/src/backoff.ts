import type { Clock } from './clock.ts';

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
  #tries = 0;

  constructor(clock: Clock, options: BackoffOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Failures since the last success. */
  get tries(): number {
    return this.#tries;
  }

  /** Counts a failure. @returns milliseconds to wait. */
  next(): number {
    const bound = Math.min(this.#options.most, this.#options.first * 2 ** Math.min(this.#tries, 30));
    this.#tries++;
    return Math.floor(this.#clock.random() * bound);
  }

  /** Counts a success. */
  reset(): void {
    this.#tries = 0;
  }
}
