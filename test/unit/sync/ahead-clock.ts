import type { Clock } from '../../../lib/ports/clock.ts';

/** A clock whose time of day differs from another’s. */
export class AheadClock implements Clock {
  readonly #inner: Clock;
  /** Milliseconds; below 0: behind. */
  ahead = 0;

  constructor(inner: Clock) {
    this.#inner = inner;
  }

  now(): number {
    return this.#inner.now() + this.ahead;
  }

  elapsed(): number {
    return this.#inner.elapsed();
  }

  sleep(duration: number): Promise<void> {
    return this.#inner.sleep(duration);
  }
}
