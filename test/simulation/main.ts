/** `npm run test:simulation -- --plans N --seed S`: many plans, and of every one that broke something its story. */
import { parseArgs } from 'node:util';
import { type Plan, planOf } from './plan.ts';
import { play } from './play.ts';
import { shrink } from './shrink.ts';
import { OutcomeTable } from './table.ts';

const { values } = parseArgs({
  options: {
    plans: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    /** Reduces each plan that broke something. */
    shrink: { type: 'boolean', default: false },
    /** Tells the story of every plan. */
    story: { type: 'boolean', default: false },
    /** Tells of a story also what went as it should. */
    whole: { type: 'boolean', default: false },
  },
});
const [plans, first] = [Number(values.plans), Number(values.seed)];
if (!(Number.isInteger(plans) && plans > 0 && Number.isInteger(first))) {
  console.error('Usage: npm run test:simulation -- [--plans N] [--seed S] [--shrink] [--story] [--whole]');
  process.exit(1);
}

const tell = async (plan: Plan): Promise<void> => {
  const { plan: told, spared } = values.shrink ? await shrink(plan) : { plan, spared: new Set<string>() };
  const { story, problems, happened } = await play(told, spared);
  if (values.shrink) console.log(`  at the least ${told.steps.length} steps and ${happened.length} faults`);
  console.log([...story.lines(values.whole), ...problems].map((line) => `  ${line}`).join('\n'));
};

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;

const began = performance.now();
const table = new OutcomeTable();
const played: { readonly calls: number; readonly faults: number; readonly actors: number }[] = [];
const broken: number[] = [];
for (let seed = first; seed < first + plans; seed++) {
  const plan = planOf(seed);
  const { problems, story, calls, happened, actors } = await play(plan);
  table.add(story);
  played.push({ calls, faults: happened.length, actors });
  if (problems.length > 0) {
    broken.push(seed);
    console.log(`seed ${seed}\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
  if (values.story || problems.length > 0) await tell(plan);
}
const minutes = (performance.now() - began) / 60_000;
console.log(table.lines.join('\n'));
const of = (name: 'calls' | 'faults' | 'actors') => `${median(played.map((each) => each[name]))} ${name}`;
console.log(
  `${Math.round(plans / minutes)} plans a minute; in the median ${of('calls')}, ${of('faults')}, ${of('actors')}`,
);
console.log(
  `${plans} plans from seed ${first}, ${broken.length} broke something${broken.length > 0 ? `: ${broken.join(', ')}` : ''}`,
);
process.exitCode = broken.length > 0 ? 1 : 0;
