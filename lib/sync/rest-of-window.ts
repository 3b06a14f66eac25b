import type { Clock } from '../ports/clock.ts';

/**
 * Waits until so much time has passed since a batch began, so that what is published meanwhile gathers in its queue and
 * travels in the next batch’s frames: fewer frames, later. The first event after a pause waits for nothing.
 *
 * @param began - milliseconds of `clock.elapsed`.
 * @param window - milliseconds; 0 to wait for nothing.
 * @param isFull - the batch had as many messages as one may have: more are waiting already, and nothing is gained.
 */
export const restOfWindow = async (clock: Clock, began: number, window: number, isFull: boolean): Promise<void> => {
  const rest = began + window - clock.elapsed();
  if (rest > 0 && !isFull) await clock.sleep(rest);
};
