import { type Clock, LONGEST_LEAVE, pause } from './clock.ts';

/** How long to wait before trying again. */
export interface BackoffSettings {
  readonly clock: Clock;
  /** Most milliseconds of the first pause, and of any. */
  readonly backoff: { readonly first: number; readonly most: number };
}

/**
 * Exponential backoff with full jitter: each pause is drawn evenly between nothing and a bound that doubles, so that
 * clients which lost their connections together do not come back together.
 */
export class Backoff {
  readonly #settings: BackoffSettings;
  /** Failures since the last success. */
  #tries = 0;

  constructor(settings: BackoffSettings) {
    this.#settings = settings;
  }

  /**
   * Counts a failure.
   *
   * @param atLeast - milliseconds that the service asked for, which are heeded within reason.
   * @returns milliseconds to wait.
   */
  next(atLeast = 0): number {
    const { clock, backoff } = this.#settings;
    const bound = Math.min(backoff.most, backoff.first * 2 ** Math.min(this.#tries, 30));
    this.#tries++;
    return Math.max(Math.floor(clock.random() * bound), Math.min(atLeast, LONGEST_LEAVE));
  }

  /** Counts a failure, and waits. See `next`. */
  rest(atLeast?: number): Promise<void> {
    return pause(this.#settings.clock, this.next(atLeast));
  }

  /** Counts a success. */
  reset(): void {
    this.#tries = 0;
  }
}
