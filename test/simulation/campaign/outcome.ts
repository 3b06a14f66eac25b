import type { Plan } from '../plans/plan.ts';
import { play } from '../play.ts';
import type { Meant } from '../stage/fate.ts';
import type { Story } from '../stage/story.ts';
import type { Counts } from './table.ts';

/** What is kept of a plan that was played. */
export interface Outcome {
  readonly seed: number;
  /** What was to befall a call of it, whatever was drawn. */
  readonly meant: Meant | undefined;
  readonly problems: readonly string[];
  readonly calls: number;
  /** Names of calls that were made while things went wrong. */
  readonly made: readonly string[];
  readonly faults: number;
  readonly actors: number;
  /** How often which call had which outcome. */
  readonly counts: Counts;
}

/** How often which call had which outcome in a plan. */
export const countsOf = ({ outcomes }: Story): Counts =>
  Object.fromEntries([...outcomes].map(([call, of]) => [call, Object.fromEntries(of)]));

/** Plays a plan. */
export const outcomeOf = async (plan: Plan): Promise<Outcome> => {
  const { problems, calls, made, actors, happened, story } = await play(plan);
  const { seed, meant } = plan;
  return { seed, meant, problems, calls, made, faults: happened.length, actors, counts: countsOf(story) };
};
