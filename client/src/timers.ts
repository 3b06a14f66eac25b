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
    let stop = (): void => undefined;
    const cancel = (): void => {
      this.#cancels.delete(cancel);
      stop();
    };
    const wait = (left: number): void => {
      stop = this.#clock.after(Math.min(left, LONGEST), () => {
        if (left > LONGEST) wait(left - LONGEST);
        else {
          this.#cancels.delete(cancel);
          task();
        }
      });
    };
    this.#cancels.add(cancel);
    wait(Math.max(0, Number(duration) || 0));
    return cancel;
  }

  /** Calls off all that wait, and sets none any more. */
  close(): void {
    this.#isClosed = true;
    for (const cancel of [...this.#cancels]) cancel();
  }
}
