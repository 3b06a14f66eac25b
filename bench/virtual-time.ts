import type { Clock } from '../lib/ports/clock.ts';

/**
 * Time that passes only when everything waits for it: hours are simulated in seconds, and what is simulated is the code
 * that runs in production. Steps of a quarter of a millisecond.
 */
export class VirtualTime implements Clock {
  readonly #step = 0.25;
  #tick = 0;
  /** What is due, by its tick. */
  readonly #due = new Map<number, (() => void)[]>();
  #waiting = 0;

  now(): number {
    return this.#tick * this.#step;
  }

  elapsed(): number {
    return this.now();
  }

  sleep(duration: number): Promise<void> {
    return new Promise((resolve) => {
      const tick = this.#tick + Math.max(1, Math.ceil(duration / this.#step));
      const others = this.#due.get(tick);
      if (others === undefined) this.#due.set(tick, [resolve]);
      else others.push(resolve);
      this.#waiting++;
    });
  }

  /** Lets time pass until the work has ended. */
  async run<T>(work: Promise<T>): Promise<T> {
    let ended = false;
    const result = work.finally(() => {
      ended = true;
    });
    while (!ended) {
      // Everything that can go on without time goes on first.
      await new Promise(setImmediate);
      if (this.#waiting === 0) continue;
      let due: (() => void)[] | undefined;
      while (due === undefined) due = this.#due.get(++this.#tick);
      this.#due.delete(this.#tick);
      this.#waiting -= due.length;
      for (const wake of due) wake();
    }
    return result;
  }
}
