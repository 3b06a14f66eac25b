/** A pattern taken apart: what must stand one behind the other in a channel. */
export type Node =
  /** One character (a code point) of a set. */
  | { readonly kind: 'one'; readonly has: (character: string) => boolean }
  /** No character, but a condition on those before and behind; undefined at the ends. */
  | { readonly kind: 'between'; readonly holds: (before: string | undefined, behind: string | undefined) => boolean }
  | { readonly kind: 'all'; readonly parts: readonly Node[] }
  | { readonly kind: 'any'; readonly parts: readonly Node[] }
  /** From `least` to `most` times; `most` may be infinite. */
  | { readonly kind: 'times'; readonly part: Node; readonly least: number; readonly most: number };

type Step =
  | { readonly do: 'take'; readonly has: (character: string) => boolean }
  | { readonly do: 'check'; readonly holds: (before: string | undefined, behind: string | undefined) => boolean }
  /** Goes on at each of these places. */
  | { readonly do: 'fork'; to: number[] }
  | { readonly do: 'accept' };

const emit = (steps: Step[], node: Node): void => {
  switch (node.kind) {
    case 'one':
      steps.push({ do: 'take', has: node.has });
      return;
    case 'between':
      steps.push({ do: 'check', holds: node.holds });
      return;
    case 'all':
      for (const part of node.parts) emit(steps, part);
      return;
    case 'any': {
      const fork = { do: 'fork' as const, to: [] as number[] };
      steps.push(fork);
      const ends = node.parts.map((part) => {
        fork.to.push(steps.length);
        emit(steps, part);
        const end = { do: 'fork' as const, to: [] as number[] };
        steps.push(end);
        return end;
      });
      for (const end of ends) end.to.push(steps.length);
      return;
    }
    case 'times':
      emitTimes(steps, node.part, node.least, node.most);
  }
};

const emitTimes = (steps: Step[], part: Node, least: number, most: number): void => {
  for (let n = 0; n < least; n++) emit(steps, part);
  if (most === Number.POSITIVE_INFINITY) {
    const fork = { do: 'fork' as const, to: [steps.length + 1] };
    const start = steps.length;
    steps.push(fork);
    emit(steps, part);
    steps.push({ do: 'fork', to: [start] });
    fork.to.push(steps.length);
    return;
  }
  const forks: { do: 'fork'; to: number[] }[] = [];
  for (let n = least; n < most; n++) {
    const fork = { do: 'fork' as const, to: [steps.length + 1] };
    forks.push(fork);
    steps.push(fork);
    emit(steps, part);
  }
  for (const fork of forks) fork.to.push(steps.length);
};

/**
 * Compiles a pattern to what matches whole channels in time linear in the channel: every place of the pattern that a
 * channel may have come to is followed at once, so nothing is ever gone back for.
 *
 * @returns whether a channel matches from its first character to its last.
 */
export const compile = (node: Node): ((channel: string) => boolean) => {
  const steps: Step[] = [];
  emit(steps, node);
  steps.push({ do: 'accept' });

  return (channel) => {
    const characters = [...channel];
    let places = new Set<number>();
    const reach = (into: Set<number>, place: number, at: number): void => {
      const open = [place];
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        if (into.has(next)) continue;
        into.add(next);
        const step = steps[next] as Step;
        if (step.do === 'fork') open.push(...step.to);
        else if (step.do === 'check' && step.holds(characters[at - 1], characters[at])) open.push(next + 1);
      }
    };
    reach(places, 0, 0);
    for (let at = 0; at < characters.length; at++) {
      const after = new Set<number>();
      for (const place of places) {
        const step = steps[place] as Step;
        if (step.do === 'take' && step.has(characters[at] as string)) reach(after, place + 1, at + 1);
      }
      if (after.size === 0) return false;
      places = after;
    }
    return places.has(steps.length - 1);
  };
};
