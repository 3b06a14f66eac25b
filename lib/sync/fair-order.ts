/**
 * Puts the work for several users in an order in which each waits for as many of another’s as it has itself: first one of
 * each user, then a second of each, and so on. Round robin, as in fair queueing (J. Nagle, RFC 970).
 *
 * @param items - in the order in which those of one user stay.
 */
export const inFairOrder = <T>(items: readonly T[], userOf: (item: T) => string): readonly T[] => {
  const rounds: T[][] = [];
  const had = new Map<string, number>();
  for (const item of items) {
    const user = userOf(item);
    const round = had.get(user) ?? 0;
    had.set(user, round + 1);
    rounds[round] ??= [];
    rounds[round].push(item);
  }
  // Most pages hold each user once.
  return rounds.length <= 1 ? items : rounds.flat();
};
