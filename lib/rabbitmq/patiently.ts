import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds before the second attempt; each pause is twice the one before, up to the longest. */
const PAUSE = 250;
const LONGEST_PAUSE = 5_000;

/** Milliseconds one attempt may take. */
export const ATTEMPT = 10_000;

/**
 * Does something again until it is done. A broker that is new, or is being updated, may refuse what it takes a moment later.
 *
 * @param patience - milliseconds that are left. Nothing is begun that could take longer, except for the first attempt.
 * @param attempt - safe to do again, and takes no longer than `ATTEMPT`.
 * @throws what the last attempt threw.
 */
export const patiently = async <T>(patience: () => number, attempt: () => Promise<T>): Promise<T> => {
  for (let pause = PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    try {
      return await attempt();
    } catch (error) {
      if (patience() < pause + ATTEMPT) throw error;
      await delay(pause);
    }
  }
};
