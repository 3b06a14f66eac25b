import type { Clock } from './clock.ts';

/**
 * Most milliseconds that a timer is set for. Beyond, it fires at once.
 *
 * @see https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
 */
const LONGEST = 2 ** 31 - 1;

/** The one place where a client sets timers: of any duration, and all called off together. */
export class Timers implements Clock {
  readonly #clock: Clock;
  readonly #cancels = new Set<() => void>();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  random(): number {
    return this.#clock.random();
  }

  /** @param duration - what is no number of milliseconds counts as none. */
  after(duration: number, task: () => void): () => void {
    if (this.#isClosed) return () => undefined;
    const left = Math.max(0, Number(duration) || 0);
    let stop = this.#clock.after(Math.min(left, LONGEST), () => {
      this.#cancels.delete(cancel);
      if (left <= LONGEST) task();
      else stop = this.after(left - LONGEST, task);
    });
    const cancel = (): void => {
      this.#cancels.delete(cancel);
      stop();
    };
    this.#cancels.add(cancel);
    return cancel;
  }

  /** Calls off all that wait, and sets none any more. */
  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#cancels) cancel();
  }
}
