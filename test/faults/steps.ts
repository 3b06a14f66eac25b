import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds after which a step that is not taken is waited for no longer. */
const PATIENCE = 5_000;

/** What a process says to its servers, step by step: it may be stopped at any of them. */
export class Steps {
  #left = 0;
  #reached: (() => void) | undefined;

  /** To be called at each step, before what is said passes on. */
  readonly taken = (): void => {
    if (this.#reached === undefined || --this.#left > 0) return;
    const reached = this.#reached;
    this.#reached = undefined;
    reached();
  };

  /**
   * Does something at the nth step from now on, in the middle of it: what is said has not passed on.
   *
   * @returns once it is done; where there is no such step for long, it is done then.
   */
  async at(n: number, act: () => void): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#left = n;
    this.#reached = () => {
      act();
      resolve();
    };
    const waiting = new AbortController();
    await Promise.race([promise, pause(PATIENCE, undefined, { signal: waiting.signal }).catch(() => undefined)]);
    waiting.abort();
    // A step that is being taken now finds nothing to do.
    const left = this.#reached;
    this.#reached = undefined;
    left?.();
  }
}
