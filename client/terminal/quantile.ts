/**
 * The smallest of some values that at least a share of them do not exceed (nearest rank).
 *
 * @param values - in any order.
 * @param share - from 0 to 1.
 * @returns NaN if there are no values.
 */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
};
