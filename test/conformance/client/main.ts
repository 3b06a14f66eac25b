/** `npm run conformance:client -- COMMAND …`: puts a client through all scenarios, and says which promises it broke. */
import { Command, InvalidArgumentError } from 'commander';
import { randomScenario } from './random.ts';
import { run } from './run.ts';
import { SCENARIOS } from './scenarios/all.ts';

const count = (text: string): number => {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('Expected a whole number.');
  return number;
};

const program = new Command('npm run conformance:client --')
  .description(
    'Puts a client through scenarios, and judges what it reports. docs/guides/write-a-client.md says how it is driven.',
  )
  .argument('<command...>', 'the program that drives the client, and its arguments')
  .option('--only <text>', 'plays only scenarios whose name has this text')
  .option('--runs <count>', 'scenarios of chance, beside the others', count, 20)
  .option('--seed <seed>', 'of the first of them; the following count up', count, 1)
  .option('--clients <count>', 'scenarios that are played at a time', count, 8)
  .option('--patience <seconds>', 'that anything may take', count, 20)
  .option('--json', 'prints the outcomes as JSON, one a line')
  .passThroughOptions()
  .parse();

const {
  only = '',
  runs,
  seed,
  clients,
  patience,
  json,
} = program.opts<{
  only?: string;
  runs: number;
  seed: number;
  clients: number;
  patience: number;
  json?: boolean;
}>();
const scenarios = [...SCENARIOS, ...Array.from({ length: runs }, (_, n) => randomScenario(seed + n))].filter(
  ({ name }) => name.includes(only),
);
const counts = { kept: 0, 'left out': 0, broken: 0 };
const command = program.args;
for await (const { scenario, verdict, why, ...figures } of run(scenarios, {
  command,
  clients,
  patience: 1_000 * patience,
})) {
  counts[verdict]++;
  const { name, clauses } = scenario;
  const more = why === undefined ? '' : `: ${why}`;
  const of = verdict === 'broken' ? ` [${clauses.join(', ')}]` : '';
  console.log(
    json ? JSON.stringify({ name, verdict, why, clauses, ...figures }) : `${verdict.padEnd(8)}  ${name}${of}${more}`,
  );
}
if (!json) console.log(`${counts.kept} kept, ${counts.broken} broken, ${counts['left out']} left out`);
process.exitCode = counts.broken > 0 || counts.kept === 0 ? 1 : 0;
