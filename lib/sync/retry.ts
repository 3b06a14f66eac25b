import type { Clock } from '../ports/clock.ts';
import { DependencyAway } from '../ports/dependency.ts';
import { doubling, type RetryPolicy, withRetries } from '../ports/retry-policy.ts';

const WHILE_AWAY: RetryPolicy = {
  pauses: doubling(100, 2_000),
  isTransient: (error) => error instanceof DependencyAway,
};

/**
 * Repeats a step while a dependency is away, with growing pauses.
 *
 * @param step - safe to repeat.
 * @param deadline - when to give up, milliseconds of `clock.elapsed`.
 * @returns what the step returned.
 * @throws DependencyAway where the next try would begin after the deadline; any other error at once.
 */
export const retry = <T>(clock: Clock, deadline: number, step: () => Promise<T>): Promise<T> =>
  withRetries(clock, WHILE_AWAY, deadline, step);
