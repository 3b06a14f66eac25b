import type { Clock } from '../ports/clock.ts';

/** A clock that moves only when someone sleeps, and then at once. For one who waits at a time. */
export class ManualClock implements Clock {
  /** Of the day; setting it changes nothing about what has elapsed. */
  time = 1_700_000_000_000;
  #slept = 0;

  now(): number {
    return this.time;
  }

  elapsed(): number {
    return this.#slept;
  }

  async sleep(duration: number): Promise<void> {
    this.time += duration;
    this.#slept += duration;
  }
}
