/** Letters that may be wrong, missing or too many in a name that is told as a slip: fewer in a short one. */
const slipsIn = (name: string): number => Math.min(2, Math.floor(name.length / 3));

/** How many letters are to be changed, left out or put in to make one text of another (Levenshtein, 1966). */
const distance = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const changed = (row[j] as number) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  }
  return row.at(-1) as number;
};

/** @returns the one of `names` that `name` is most likely meant to be; undefined where none is near. */
export const similar = (name: string, names: Iterable<string>): string | undefined => {
  const near = [...names]
    .map((other) => ({ other, slips: distance(name.toLowerCase(), other.toLowerCase()) }))
    .filter(({ slips }) => slips <= slipsIn(name));
  return near.sort((a, b) => a.slips - b.slips)[0]?.other;
};
