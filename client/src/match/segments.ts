/** A place of a compiled pattern. Behind the last one a channel that matches ends. */
interface Step {
  /** Whether a character (a code point) leads to the next place. */
  readonly has: (character: string) => boolean;
  /** It leads here as well. */
  readonly repeats?: boolean;
  /** How many places may be left out, this one and those behind it; none, where absent. */
  readonly skips?: number;
}

const isAny = (): boolean => true;
const isWithin = (character: string): boolean => !/[:.]/.test(character);

/** What wildcards stand for. A segment is never empty, so one that is all `*` needs no other. */
const WILDCARDS: Readonly<Record<string, Step>> = {
  '**': { has: isAny, repeats: true },
  '*': { has: isWithin, repeats: true, skips: 1 },
  '?': { has: isWithin },
};

const only = (character: string): Step => ({ has: (other) => other === character });

/** In the middle a `**` may stand for nothing: one of the separators beside it goes with it, if they are the same. */
const stepsOf = (text: string): readonly Step[] =>
  Array.from(text.matchAll(/([:.])\*\*(?=\1)|\*\*|./gsu), ([found, separator]) =>
    separator === undefined
      ? (WILDCARDS[found] ?? only(found))
      : [{ ...only(separator), skips: 2 }, WILDCARDS['**'] as Step],
  ).flat();

/**
 * Compiles a pattern of segments to what matches whole channels, in time linear in the channel: every place of
 * the pattern that a channel may have come to is followed at once, so nothing is ever gone back for. Clauses M-1 to M-4.
 *
 * @returns whether a channel matches from its first character to its last.
 */
export const ofSegments = (text: string): ((channel: string) => boolean) => {
  const steps = stepsOf(text);
  const reach = (places: Set<number>, place: number): Set<number> => {
    places.add(place);
    const { skips = 0 } = steps[place] ?? {};
    return skips === 0 ? places : reach(places, place + skips);
  };
  return (channel) => {
    let places = reach(new Set(), 0);
    for (const character of channel) {
      const after = new Set<number>();
      for (const place of places) {
        const step = steps[place];
        if (step?.has(character) !== true) continue;
        reach(after, place + 1);
        if (step.repeats) reach(after, place);
      }
      if (after.size === 0) return false;
      places = after;
    }
    return places.has(steps.length);
  };
};
