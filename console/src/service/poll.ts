import type { AskError } from './ask.ts';

/** What came of asking. */
export type Outcome<T> = { readonly at: number; readonly value: T } | { readonly at: number; readonly error: AskError };

/** Asks again and again, while the page is looked at. */
export class Poll<T> {
  readonly #ask: () => Promise<T>;
  readonly #interval: number;
  readonly #listeners = new Set<(outcome: Outcome<T>) => void>();
  #last: Outcome<T> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #round = 0;

  /** @param interval - milliseconds between an answer and the next question. */
  constructor(ask: () => Promise<T>, interval: number) {
    this.#ask = ask;
    this.#interval = interval;
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.now();
    });
  }

  /** Tells the last outcome, if there is one, and every one to come. */
  listen(listener: (outcome: Outcome<T>) => void): void {
    this.#listeners.add(listener);
    if (this.#last !== undefined) listener(this.#last);
  }

  /** Asks right away, and goes on from there. */
  now(): void {
    clearTimeout(this.#timer);
    void this.#next(++this.#round);
  }

  async #next(round: number): Promise<void> {
    if (document.hidden) return;
    const outcome = await this.#ask().then(
      (value) => ({ at: Date.now(), value }),
      (error: AskError) => ({ at: Date.now(), error }),
    );
    // Somebody asked anew meanwhile.
    if (round !== this.#round) return;
    this.#last = outcome;
    for (const listener of this.#listeners) listener(outcome);
    this.#timer = setTimeout(() => void this.#next(round), this.#interval);
  }
}
