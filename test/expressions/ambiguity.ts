import { type Automaton, automatonOf, UnprovableError } from './automaton.ts';

/** What is known of how long a backtracking matcher may take for a text, by its length. */
export type Verdict = 'linear' | 'polynomial' | 'exponential' | `unknown: ${string}`;

/** What follows each state, in both directions, and which states lie on a cycle together. */
class Graph {
  readonly #automaton: Automaton;
  readonly #reach: readonly ReadonlySet<number>[];

  constructor(automaton: Automaton) {
    this.#automaton = automaton;
    this.#reach = automaton.next.map((_, state) => this.#reachOf(state));
  }

  get states(): readonly number[] {
    return [...this.#automaton.next.keys()];
  }

  #reachOf(state: number): ReadonlySet<number> {
    const found = new Set<number>();
    const open = [state];
    for (let from = open.pop(); from !== undefined; from = open.pop()) {
      for (const to of this.following(from)) {
        if (found.has(to)) continue;
        found.add(to);
        open.push(to);
      }
    }
    return found;
  }

  following(state: number): Iterable<number> {
    return (this.#automaton.next[state] as ReadonlyMap<number, number>).keys();
  }

  waysTo(state: number, to: number): number {
    return this.#automaton.next[state]?.get(to) ?? 0;
  }

  takes(state: number): bigint {
    return this.#automaton.takes[state] as bigint;
  }

  /** Whether a failure can lead back here: once a sure state took its character, the match is made. */
  canFail(state: number): boolean {
    return this.#automaton.sure[state] !== true;
  }

  reaches(state: number, to: number): boolean {
    return (this.#reach[state] as ReadonlySet<number>).has(to);
  }

  isOnCycle(state: number): boolean {
    return this.reaches(state, state);
  }

  areOnCycle(some: number, other: number): boolean {
    return this.reaches(some, other) && this.reaches(other, some);
  }
}

/** Goes through tuples of states that one text leads to together. */
function* together(
  graph: Graph,
  from: readonly number[],
  isAllowed: (state: number, position: number) => boolean,
): Generator<readonly number[]> {
  const seen = new Set<string>();
  const open: (readonly number[])[] = [from];
  for (let tuple = open.pop(); tuple !== undefined; tuple = open.pop()) {
    let steps: [tuple: readonly number[], takes: bigint][] = [[[], -1n]];
    for (const [position, state] of tuple.entries()) {
      const candidates = [...graph.following(state)].filter((to) => isAllowed(to, position));
      steps = steps.flatMap(([begun, takes]) =>
        candidates.flatMap((to): [readonly number[], bigint][] => {
          const both = takes & graph.takes(to);
          return both === 0n ? [] : [[[...begun, to], both]];
        }),
      );
    }
    for (const [next] of steps) {
      const key = next.join();
      if (seen.has(key)) continue;
      seen.add(key);
      open.push(next);
      yield next;
    }
  }
}

/** Whether a text leads from a state back to it in two ways: each repetition of it doubles what is tried. */
const isExponential = (graph: Graph): boolean =>
  graph.states
    .filter((state) => graph.canFail(state) && graph.isOnCycle(state))
    .some((state) => {
      const isBeside = (other: number): boolean => graph.canFail(other) && graph.areOnCycle(state, other);
      for (const to of graph.following(state)) if (isBeside(to) && graph.waysTo(state, to) > 1) return true;
      for (const [one, other] of together(graph, [state, state], isBeside)) {
        if (one === other) continue;
        for (const [back, again] of together(graph, [one as number, other as number], isBeside)) {
          if (back === state && again === state) return true;
        }
      }
      return false;
    });

/** Whether a text leads from one state back to it, from another back to that, and from the one to the other. */
const isPolynomial = (graph: Graph): boolean => {
  const cyclic = graph.states.filter((state) => graph.isOnCycle(state));
  return cyclic.some((one) =>
    cyclic.some((other) => {
      if (one === other || !graph.canFail(other) || !graph.reaches(one, other)) return false;
      const isAllowed = (state: number, position: number): boolean => {
        if (position === 0) return graph.areOnCycle(one, state);
        if (position === 2) return graph.areOnCycle(other, state);
        return state === other || graph.reaches(state, other);
      };
      for (const [back, over, again] of together(graph, [one, one, other], isAllowed)) {
        if (back === one && over === other && again === other) return true;
      }
      return false;
    }),
  );
};

/**
 * Judges by the ambiguity of the automaton (Weber and Seidl, On the degree of ambiguity of finite automata, 1991), of
 * which backtracking takes its time (Weideman et al., Analyzing matching time behavior of backtracking regular expression
 * matchers, 2016). It may call polynomial what cannot fail, never linear what is not.
 *
 * @param source an expression, as between slashes
 */
export const verdictOn = (source: string, flags: string): Verdict => {
  try {
    const graph = new Graph(automatonOf(source, flags));
    if (isExponential(graph)) return 'exponential';
    return isPolynomial(graph) ? 'polynomial' : 'linear';
  } catch (error) {
    if (error instanceof UnprovableError) return `unknown: ${error.message}`;
    throw error;
  }
};
