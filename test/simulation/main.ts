/** `npm run test:simulation -- --plans N --seed S`: many plans, and of every one that broke something its story. */
import { availableParallelism } from 'node:os';
import { optionsOf } from '../command-line.ts';
import { playDirected } from './campaign/directed.ts';
import type { Outcome } from './campaign/outcome.ts';
import { playInThreads } from './campaign/players.ts';
import { shrink } from './campaign/shrink.ts';
import { firstOf, Tally } from './campaign/tally.ts';
import { planFor } from './plans/brief.ts';
import type { Plan } from './plans/plan.ts';
import { play } from './play.ts';
import { meantBy } from './stage/fate.ts';

const USAGE =
  'Usage: npm run test:simulation -- [--plans N | --minutes M] [--seed S] [--json FILE [--resume]] [--threads T] [--brief] [--directed] [--meant "CALL OUTCOME"] [--unmet N] [--stop] [--shrink] [--story] [--whole]';

const values = optionsOf(
  USAGE,
  {
    plans: { type: 'string', default: '1000' },
    /** Of the first plan; the following count up. Another at each start, where absent. */
    seed: { type: 'string', default: String(Math.floor(Date.now() / 1_000)) },
    /** Plays for so many minutes, however many plans that is. */
    minutes: { type: 'string' },
    /** Goes on where this file ends; from its own first seed, where it is to be resumed. */
    json: { type: 'string' },
    resume: { type: 'boolean', default: false },
    /** Plans that are played at a time. */
    threads: { type: 'string', default: String(availableParallelism()) },
    /** Plays plans with some half of the steps in half of the time: half as many again in an hour. */
    brief: { type: 'boolean', default: false },
    /** Plays plans again for what calls never came to, which then befalls the first such call. */
    directed: { type: 'boolean', default: false },
    /** What befalls the first such call of each plan whatever is drawn: a call and an outcome, as the table names them. */
    meant: { type: 'string' },
    /** Fails also where calls never had more than so many of the outcomes that they may have. */
    unmet: { type: 'string' },
    /** Plays no more once a plan broke something. */
    stop: { type: 'boolean', default: false },
    /** Reduces each plan that broke something. */
    shrink: { type: 'boolean', default: false },
    /** Tells the story of every plan. */
    story: { type: 'boolean', default: false },
    /** Tells of a story also what went as it should. */
    whole: { type: 'boolean', default: false },
  },
  ({ plans, minutes = '1', threads, seed, meant }) =>
    Number(plans) > 0 &&
    Number(minutes) > 0 &&
    Number(threads) > 0 &&
    Number.isInteger(Number(seed)) &&
    (meant === undefined || meantBy(meant) !== undefined),
);
const plans = values.minutes === undefined ? Number(values.plans) : Number.POSITIVE_INFINITY;
const resumed = values.resume ? firstOf(values.json) : undefined;
const [first, minutes] = [resumed ?? Number(values.seed), Number(values.minutes ?? Number.POSITIVE_INFINITY)];
const threads = Number(values.threads);
const meant = values.meant === undefined ? undefined : meantBy(values.meant);

const tell = async (plan: Plan, isBroken: boolean): Promise<void> => {
  const isShrunk = values.shrink && isBroken;
  const { plan: told, spared } = isShrunk ? await shrink(plan) : { plan, spared: new Set<string>() };
  const { story, problems, happened } = await play(told, spared);
  if (isShrunk) console.log(`  at the least ${told.steps.length} steps and ${happened.length} faults`);
  console.log([...story.lines(values.whole), ...problems].map((line) => `  ${line}`).join('\n'));
};

/** Plans after which it is written down how far it came. */
const KEPT = 20;

/** Tells of a plan what it broke. @returns whether it did */
const report = async ({ seed, meant, problems }: Outcome): Promise<boolean> => {
  const isBroken = problems.length > 0;
  const how = values.brief ? ' --brief' : '';
  const of = meant === undefined ? '' : ` --meant "${meant.call} ${meant.fault}"`;
  if (isBroken) console.log(`seed ${seed}${how}${of}\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  if (values.story || (isBroken && values.shrink)) await tell(planFor(seed, values.brief, meant), isBroken);
  return isBroken;
};

const tally = new Tally(values.json, first, values.brief);
const end = performance.now() + 60_000 * minutes;
for await (const outcome of playInThreads(tally.seed, plans - tally.plans, threads, { isBrief: values.brief, meant })) {
  tally.add(outcome);
  if (tally.plans % KEPT === 0) tally.keep();
  const isBroken = await report(outcome);
  if (performance.now() >= end || (values.stop && isBroken)) break;
}
tally.keep();
if (values.directed) {
  for await (const outcome of playDirected(tally.unmet, (call) => tally.makersOf(call), values.brief)) {
    tally.addDirected(outcome);
    await report(outcome);
  }
}
console.log(tally.lines.join('\n'));
process.exitCode =
  tally.broken.length > 0 || tally.unmet.length > Number(values.unmet ?? Number.POSITIVE_INFINITY) ? 1 : 0;
