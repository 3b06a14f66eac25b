import { setTimeout as delay } from 'node:timers/promises';

const FIRST = 100;
const LONGEST = 5_000;

/** Pauses that double from one failure to the next, from 0.1 to 5 s, and start over after a success. */
export class Backoff {
  #pause = FIRST;

  /** The next failure is a first one again. */
  reset(): void {
    this.#pause = FIRST;
  }

  /** @returns the milliseconds of the next pause. */
  get pause(): number {
    return this.#pause;
  }

  /**
   * Pauses.
   *
   * @param signal - ends the pause early. That is no error.
   */
  async wait(signal: AbortSignal): Promise<void> {
    const pause = this.#pause;
    this.#pause = Math.min(pause * 2, LONGEST);
    await delay(pause, undefined, { signal }).catch(() => {});
  }
}
