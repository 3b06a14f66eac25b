import type { VirtualClock } from '../../../lib/memory/virtual-clock.ts';
import type { Clock } from '../../../lib/ports/clock.ts';

/** The clock of Redis, which may be set. */
export class RedisClock implements Clock {
  readonly #time: VirtualClock;
  /** Milliseconds by which it is wrong. */
  ahead = 0;

  constructor(time: VirtualClock) {
    this.#time = time;
  }

  now(): number {
    return this.#time.now() + this.ahead;
  }

  elapsed(): number {
    return this.#time.elapsed();
  }

  sleep(duration: number): Promise<void> {
    return this.#time.sleep(duration);
  }
}
