import type { Clock } from './clock.ts';

/** When a step that failed is tried again. */
export interface RetryPolicy {
  /** Milliseconds before the second try, before the third, and so on: where they end, there are no more tries. */
  readonly pauses: Iterable<number>;
  /** Whether the next try may go better than one that failed so. */
  readonly isTransient: (error: unknown) => boolean;
}

/**
 * Exponential backoff, without end.
 *
 * @param first - milliseconds of the first pause; each is twice the one before.
 * @param most - milliseconds of the longest.
 */
export const doubling = (first: number, most: number): Iterable<number> => ({
  *[Symbol.iterator]() {
    for (let pause = first; ; pause = Math.min(2 * pause, most)) yield pause;
  },
});

/**
 * Does a step, and again if it fails, as a policy says.
 *
 * @param deadline - milliseconds of `clock.elapsed` after which no try begins but the first; infinite if there is none.
 * @param step - safe to repeat.
 * @returns what the step returned.
 * @throws what the last try threw.
 */
export const withRetries = async <T>(
  clock: Pick<Clock, 'elapsed' | 'sleep'>,
  { pauses, isTransient }: RetryPolicy,
  deadline: number,
  step: () => Promise<T>,
): Promise<T> => {
  const left = pauses[Symbol.iterator]();
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (!isTransient(error)) throw error;
      const { done, value: pause } = left.next();
      if (done || clock.elapsed() + pause > deadline) throw error;
      await clock.sleep(pause);
    }
  }
};
