/** A place of a compiled pattern. The last one, with nothing in it, is where a channel that matches ends. */
interface Step {
  /** One character (a code point) of a set leads to the next place. */
  readonly has?: (character: string) => boolean;
  /** A condition on the characters before and behind leads there; undefined at the ends. */
  readonly holds?: (before: string | undefined, behind: string | undefined) => boolean;
  /** It goes on at each of these places. */
  readonly to?: readonly number[];
}

/** A part of a pattern: writes its steps behind those that are there. */
export type Part = (steps: Step[]) => void;

export const one =
  (has: NonNullable<Step['has']>): Part =>
  (steps) =>
    void steps.push({ has });

export const between =
  (holds: NonNullable<Step['holds']>): Part =>
  (steps) =>
    void steps.push({ holds });

/** One behind the other. */
export const all =
  (parts: readonly Part[]): Part =>
  (steps) => {
    for (const part of parts) part(steps);
  };

/** @returns where it goes on, to be added to. */
const fork = (steps: Step[], ...to: number[]): number[] => {
  steps.push({ to });
  return to;
};

export const any =
  (parts: readonly Part[]): Part =>
  (steps) => {
    const starts = fork(steps);
    const ends = parts.map((part) => {
      starts.push(steps.length);
      part(steps);
      return fork(steps);
    });
    for (const end of ends) end.push(steps.length);
  };

/** From `least` to `most` times; `most` may be infinite. */
export const times =
  (part: Part, least: number, most: number): Part =>
  (steps) => {
    for (let n = 0; n < least; n++) part(steps);
    const isEndless = most === Number.POSITIVE_INFINITY;
    const start = steps.length;
    const ends: number[][] = [];
    for (let n = isEndless ? 1 : most - least; n > 0; n--) {
      ends.push(fork(steps, steps.length + 1));
      part(steps);
    }
    if (isEndless) fork(steps, start);
    for (const end of ends) end.push(steps.length);
  };

/**
 * Compiles a pattern to what matches whole channels in time linear in the channel: every place of the pattern that a
 * channel may have come to is followed at once, so nothing is ever gone back for.
 *
 * @returns whether a channel matches from its first character to its last.
 */
export const compile = (pattern: Part): ((channel: string) => boolean) => {
  const steps: Step[] = [];
  pattern(steps);
  steps.push({});

  return (channel) => {
    const characters = [...channel];
    let places = new Set<number>();
    const reach = (into: Set<number>, place: number, at: number): void => {
      const open = [place];
      // It grows meanwhile.
      for (const next of open) {
        if (into.has(next)) continue;
        into.add(next);
        const { to = [], holds } = steps[next] as Step;
        open.push(...to);
        if (holds?.(characters[at - 1], characters[at])) open.push(next + 1);
      }
    };
    reach(places, 0, 0);
    for (let at = 0; at < characters.length; at++) {
      const after = new Set<number>();
      for (const place of places) {
        if (steps[place]?.has?.(characters[at] as string)) reach(after, place + 1, at + 1);
      }
      if (after.size === 0) return false;
      places = after;
    }
    return places.has(steps.length - 1);
  };
};
