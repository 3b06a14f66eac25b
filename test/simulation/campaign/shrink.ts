import type { Plan } from '../plans/plan.ts';
import type { Step } from '../plans/steps.ts';
import { play } from '../play.ts';

/** A plan, and the names of the faults that do not happen in it. */
export interface Shrunk {
  readonly plan: Plan;
  readonly spared: ReadonlySet<string>;
}

/** What a problem is about, whatever the numbers in it: that of the least plan is to be the same. */
const kindOf = (problem: string): string => problem.split(':')[0] as string;

/**
 * The items without which something does not hold, as few as are easily found: parts are left out, at first large ones.
 *
 * Source: A. Zeller, R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE Transactions on Software
 * Engineering 28, 2002; only complements are tried.
 */
const least = async <T>(
  items: readonly T[],
  holds: (rest: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> => {
  let kept = items;
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < kept.length; ) {
      const rest = [...kept.slice(0, from), ...kept.slice(from + size)];
      if (await holds(rest)) kept = rest;
      else from += size;
    }
  }
  return kept;
};

/** Reduces a plan that breaks something to fewer faults, steps and devices that still break the same. */
export const shrink = async (plan: Plan): Promise<Shrunk> => {
  const first = await play(plan);
  const kind = kindOf(first.problems[0] as string);
  const breaks = async (steps: readonly Step[], spared: ReadonlySet<string>): Promise<boolean> => {
    const { problems } = await play({ ...plan, steps }, spared);
    return problems.some((problem) => kindOf(problem) === kind);
  };
  let steps = plan.steps;
  let spared: ReadonlySet<string> = new Set();
  for (let before = Number.POSITIVE_INFINITY; ; ) {
    const { happened } = await play({ ...plan, steps }, spared);
    const names = happened.map(({ name }) => name);
    const without = (kept: readonly string[]) => new Set([...spared, ...names.filter((name) => !kept.includes(name))]);
    spared = without(await least(names, (kept) => breaks(steps, without(kept))));
    steps = await least(steps, (rest) => breaks(rest, spared));
    const now = steps.length + (await play({ ...plan, steps }, spared)).happened.length;
    if (now >= before) return { plan: { ...plan, steps }, spared };
    before = now;
  }
};
