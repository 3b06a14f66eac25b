/** `npm run test:storage -- [RUNS] [FIRST SEED] [TABS] [SHARING]`: many runs of pages with storage, and every one that broke a promise. */
import { type Outcome, StorageRun } from './run.ts';

const [runs = 1_000, first = 1, tabs = 2, sharing = 0] = process.argv.slice(2).map(Number);
const totals = { runs: 0, broken: 0, written: 0, appended: 0, pages: 0, killed: 0, unknown: 0 };
for (let seed = first; seed < first + runs; seed++) {
  const outcome: Outcome = await new StorageRun(seed, tabs, sharing > 0).play(60);
  totals.runs++;
  for (const name of ['written', 'appended', 'pages', 'killed', 'unknown'] as const) totals[name] += outcome[name];
  if (outcome.problems.length === 0) continue;
  totals.broken++;
  console.log(`seed ${seed}\n  ${outcome.problems.slice(0, 5).join('\n  ')}`);
}
console.log(JSON.stringify(totals));
process.exitCode = totals.broken > 0 ? 1 : 0;
