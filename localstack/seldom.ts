/**
 * Tells what may happen any number of times once in a while.
 *
 * @param interval - milliseconds.
 * @returns what tells a line unless it did so within the interval, and how many it left out since.
 */
export const seldom = (tell: (line: string) => void, interval = 1_000): ((line: string) => void) => {
  let told = Number.NEGATIVE_INFINITY;
  let left = 0;
  return (line) => {
    const now = performance.now();
    if (now - told < interval) {
      left++;
      return;
    }
    tell(left === 0 ? line : `${line} (and ${left} more before it)`);
    told = now;
    left = 0;
  };
};
