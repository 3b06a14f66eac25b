/** `npm run test:mutants -- --plans N --seed S --only NAME`: after how many plans each planted fault was found. */
import { optionsOf } from '../../command-line.ts';
import { hunt, MUTANTS, nameOf } from './mutants.ts';

const values = optionsOf(
  'Usage: npm run test:mutants -- [--plans N] [--seed S] [--only NAME]',
  {
    /** Plans of each, at most. */
    plans: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    /** A part of the names of those that are looked for. */
    only: { type: 'string', default: '' },
  },
  ({ plans, seed }) => /^[1-9]\d*$/.test(plans) && Number.isInteger(Number(seed)),
);
const [most, first] = [Number(values.plans), Number(values.seed)];

let missed = 0;
const mutants = MUTANTS.filter((mutant) => nameOf(mutant).includes(values.only));
for (const mutant of mutants) {
  const found = await hunt(mutant, first, most);
  if (found === undefined) missed++;
  const came = found === undefined ? `not found in ${most} plans` : `${found.plans}  ${found.problem}`;
  console.log(`${nameOf(mutant).padEnd(56)} ${came}`);
}
console.log(`${mutants.length - missed} of ${mutants.length} found`);
process.exitCode = missed > 0 || mutants.length === 0 ? 1 : 0;
