import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

/** What the code under test draws and measures by itself, past every port. */
interface Chance {
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  /** Milliseconds since some instant. */
  readonly elapsed: () => number;
}

/**
 * Runs work during which whatever draws a number, makes a UUID or measures how long something took gets what the plan has
 * for it. One plan at a time.
 */
export const withChance = async <T>({ random, elapsed }: Chance, work: () => Promise<T>): Promise<T> => {
  const own = { random: Math.random, randomUUID: crypto.randomUUID, now: performance.now };
  let named = 0;
  const uuid = () => `00000000-0000-4000-8000-${(++named).toString(16).padStart(12, '0')}` as const;
  const put = (parts: {
    random: typeof Math.random;
    randomUUID: typeof crypto.randomUUID;
    now: () => number;
  }): void => {
    Math.random = parts.random;
    crypto.randomUUID = parts.randomUUID;
    performance.now = parts.now;
    // Those who imported it by name have it too.
    syncBuiltinESMExports();
  };
  put({ random, randomUUID: uuid, now: elapsed });
  try {
    return await work();
  } finally {
    put(own);
  }
};
