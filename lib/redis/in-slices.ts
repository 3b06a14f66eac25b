/**
 * Steps under way at a time: about a millisecond of Redis. What others ask of it is behind so many at the most, over
 * whichever connection: Redis carries out all that it has read of one before it turns to another.
 */
const MOST_STEPS = 25;

/** Bytes of their arguments, so that neither side holds much more than a batch. */
const MOST_BYTES = 8 * 2 ** 20;

/**
 * Runs steps so many at a time, each of a slice called in one tick, so that a slice costs one round trip: all at once they
 * would share the time that one command may take, and begin again from the first where it is too short.
 *
 * @param sizeOf - bytes that a step sends.
 * @param run - carries out a slice.
 */
export const inSlices = async <T>(
  steps: readonly T[],
  sizeOf: (step: T) => number,
  run: (slice: readonly T[]) => Promise<unknown>,
): Promise<void> => {
  let slice: T[] = [];
  let bytes = 0;
  for (const step of steps) {
    const size = sizeOf(step);
    if (slice.length === MOST_STEPS || (slice.length > 0 && bytes + size > MOST_BYTES)) {
      await run(slice);
      slice = [];
      bytes = 0;
    }
    slice.push(step);
    bytes += size;
  }
  if (slice.length > 0) await run(slice);
};
