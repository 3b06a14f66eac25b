import { deferred } from './deferred.ts';

/** Time and chance, as the library needs them; tests bring their own. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * Runs a task once, after so many milliseconds.
   *
   * @returns what calls it off; safe to call at any time.
   */
  after(duration: number, task: () => void): () => void;
  /** A number from 0 (inclusive) to 1 (exclusive). */
  random(): number;
}

/** Most milliseconds a service may keep us away, or have us wait. */
export const LONGEST_LEAVE = 600_000;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (duration, task) => {
    const timer = setTimeout(task, duration);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

/** Resolves after so many milliseconds. */
export const pause = (clock: Clock, duration: number): Promise<void> =>
  new Promise((resolve) => void clock.after(duration, resolve));

/** What a task comes to, or something else where it takes longer than a patience of so many milliseconds. */
export const withTimeout = async <T>(
  clock: Clock,
  patience: number,
  task: T | Promise<T>,
  late: () => T | Promise<T>,
): Promise<T> => {
  const { promise, resolve } = deferred<T>();
  const stop = clock.after(patience, () => resolve(late()));
  return Promise.race([task, promise]).finally(stop);
};
