import { planOf } from './plan.ts';
import { play } from './play.ts';
import type { Story } from './story.ts';
import type { Counts } from './table.ts';

/** What is kept of a plan that was played. */
export interface Outcome {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly calls: number;
  readonly faults: number;
  readonly actors: number;
  /** How often which call had which outcome. */
  readonly counts: Counts;
}

/** How often which call had which outcome in a plan. */
export const countsOf = ({ outcomes }: Story): Counts =>
  Object.fromEntries([...outcomes].map(([call, of]) => [call, Object.fromEntries(of)]));

/** Plays the plan of a seed. */
export const outcomeOf = async (seed: number): Promise<Outcome> => {
  const { problems, calls, actors, happened, story } = await play(planOf(seed));
  return { seed, problems, calls, faults: happened.length, actors, counts: countsOf(story) };
};
