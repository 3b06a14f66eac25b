import type { Clock } from '../ports/clock.ts';
import { DependencyAway } from '../ports/dependency.ts';

const FIRST_PAUSE = 100;
const MOST_PAUSE = 2_000;

/**
 * Repeats a step while a dependency is away, with growing pauses.
 *
 * @param step - safe to repeat.
 * @param deadline - when to give up, milliseconds of `clock.elapsed`.
 * @returns what the step returned.
 * @throws DependencyAway where the next try would begin after the deadline; any other error at once.
 */
export const retry = async <T>(clock: Clock, deadline: number, step: () => Promise<T>): Promise<T> => {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, MOST_PAUSE)) {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof DependencyAway) || clock.elapsed() + pause > deadline) throw error;
      await clock.sleep(pause);
    }
  }
};
