import type { Clock } from '../ports/clock.ts';

/**
 * A step, unless it takes longer than it may. It goes on then, and what it comes to is of no interest any more.
 *
 * @param patience - milliseconds.
 * @param late - makes what is thrown then.
 */
export const withTimeout = <T>(clock: Clock, patience: number, step: Promise<T>, late: () => Error): Promise<T> => {
  const expiry = clock.sleep(patience).then(() => {
    throw late();
  });
  // The pause may end after the step has, and then concerns nobody.
  expiry.catch(() => undefined);
  return Promise.race([step, expiry]);
};
