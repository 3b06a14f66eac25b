import { SeededRandom } from '../../seeded-random.ts';
import { hashOf, type Meant } from '../stage/fate.ts';
import { LULL, type Plan, planOf } from './plan.ts';
import { isSetting } from './steps.ts';

/** How many of its steps a brief plan has, and how long it takes, of what the plan of its seed has and takes. */
const SHARE = 0.55;

const DEVICES = 4;

/** Milliseconds after which a worker asks again where it was refused, at the most. */
const MOST_PATIENCE = 4_000;

/** The time of a step, where what comes before and behind a lull takes less. */
const sooner = (at: number): number => Math.floor(at < LULL ? at * SHARE : LULL + (at - LULL) * SHARE);

/**
 * The same with some half of its steps in half of the time, fewer devices, and workers that do not insist. Half as many again are
 * played in an hour: fewer things happen in each, so that fewer hide others.
 */
const briefly = (plan: Plan): Plan => {
  const random = new SeededRandom(hashOf(`${plan.seed} brief`));
  // Of what is set for a while, nothing is set for ever.
  const steps = plan.steps.filter(({ deed }) => isSetting(deed) || random.chance(SHARE));
  return {
    ...plan,
    steps: steps.map((step) => ({ ...step, at: sooner(step.at) })),
    devices: plan.devices.slice(0, DEVICES),
    mostPatience: MOST_PATIENCE,
  };
};

/** The plan of a seed, or the brief one. @param meant - what befalls a call in it whatever is drawn. */
export const planFor = (seed: number, isBrief: boolean, meant?: Meant): Plan => {
  const plan = planOf(seed, meant);
  return isBrief ? briefly(plan) : plan;
};
