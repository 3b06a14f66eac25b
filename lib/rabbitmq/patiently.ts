import { setTimeout as sleep } from 'node:timers/promises';
import { doubling, type RetryPolicy, withRetries } from '../ports/retry-policy.ts';

/** A broker that is new, or is being updated, may refuse what it takes a moment later. */
const UNTIL_IT_TAKES_IT: RetryPolicy = { pauses: doubling(250, 5_000), isTransient: () => true };

/** Milliseconds one attempt may take. */
export const ATTEMPT = 10_000;

/**
 * Does something again until it is done.
 *
 * @param patience - milliseconds that are left. Nothing is begun that could take longer, except for the first attempt.
 * @param attempt - safe to do again, and takes no longer than `ATTEMPT`.
 * @throws what the last attempt threw.
 */
export const patiently = <T>(patience: () => number, attempt: () => Promise<T>): Promise<T> =>
  // What is left is asked anew each time: the time that ends is not of this clock.
  withRetries({ elapsed: () => -patience(), sleep }, UNTIL_IT_TAKES_IT, -ATTEMPT, attempt);
