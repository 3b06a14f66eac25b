/**
 * `npm run test:model -- [RUNS] [FIRST SEED] [CHANNELS] [RELOADS] [--tabs N] [--late]`: many runs of the model, and every run that broke a
 * promise; of a client that remembers so many channels, where they are given and not 0; with a chance of so much at each step that
 * another client goes on where the one before was; of so many tabs that share a connection; and with answers that come late.
 */
import { parseArgs } from 'node:util';
import { play } from './run.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { tabs: { type: 'string', default: '1' }, late: { type: 'boolean', default: false } },
});
const [runs = 1_000, first = 1, maxChannels, reloads = 0] = positionals.map(Number);
const tabs = Number(values.tabs);
if (!(Number.isInteger(runs) && runs > 0 && Number.isInteger(first) && Number.isInteger(tabs) && tabs > 0)) {
  console.error('Usage: npm run test:model -- [RUNS] [FIRST SEED] [CHANNELS] [RELOADS] [--tabs N] [--late]');
  process.exit(1);
}
const totals = { runs: 0, broken: 0, appended: 0, heard: 0, gaps: 0, falseAlarms: 0, connections: 0 };
for (let seed = first; seed < first + runs; seed++) {
  const { problems, ...outcome } = await play(seed, {
    reloads,
    tabs,
    isLate: values.late,
    ...(maxChannels ? { maxChannels } : {}),
  });
  totals.runs++;
  for (const name of ['appended', 'heard', 'gaps', 'falseAlarms', 'connections'] as const)
    totals[name] += outcome[name];
  if (problems.length === 0) continue;
  totals.broken++;
  console.log(`seed ${seed}\n  ${problems.slice(0, 5).join('\n  ')}`);
}
console.log(JSON.stringify(totals));
process.exitCode = totals.broken > 0 ? 1 : 0;
