import type { Clock } from '../ports/clock.ts';

/** A batch has had its time and is not done: it is to come back, and goes on from where it was. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';

  constructor() {
    super('the time of the batch is over, and it is not done');
  }
}

/**
 * @param deadline - milliseconds of `clock.elapsed`.
 * @throws DeadlineExceeded
 */
export const throwAfter = (deadline: number, clock: Clock): void => {
  if (clock.elapsed() > deadline) throw new DeadlineExceeded();
};
