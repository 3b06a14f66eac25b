import { seededRandom } from '../localstack/strict/random.ts';

/**
 * Draws from a list by Zipf’s law: the n-th as often as 1/n, as popular channels are.
 *
 * @returns the same draws at every run.
 */
export const zipf = <T>(items: readonly T[], draws: number, seed = 1): readonly T[] => {
  const random = seededRandom(seed);
  const sums: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= items.length; rank++) {
    sum += 1 / rank;
    sums.push(sum);
  }
  return Array.from({ length: draws }, () => {
    const wanted = random() * sum;
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) < wanted) low = middle + 1;
      else high = middle;
    }
    return items[low] as T;
  });
};
