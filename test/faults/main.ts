import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { ALARM } from './alarms.ts';
import { violations } from './checker.ts';
import { FAILOVER } from './failover.ts';
import type { Fault, Stack, StackKind } from './fault.ts';
import { FORGETTING } from './forgetting.ts';
import { FUNCTIONS } from './functions.ts';
import { LISTENERS } from './listeners.ts';
import { ON_THE_WAY_OUT } from './on-the-way-out.ts';
import { RABBITMQ_CLUSTER } from './rabbitmq-cluster.ts';
import { NotHere, REDIS_CLOCK } from './redis-clock.ts';
import { REDIS_CLUSTER } from './redis-cluster.ts';
import { report } from './report.ts';
import { Results, table } from './results.ts';
import { runOnce } from './run.ts';
import { SINGLE_NODE } from './single-node.ts';
import { startStack } from './stack.ts';

/** What can be broken, and how many runs of each are enough. */
const ENOUGH: Readonly<Record<StackKind, number>> = {
  'single nodes': Number.POSITIVE_INFINITY,
  'way out': Number.POSITIVE_INFINITY,
  'clock of redis': Number.POSITIVE_INFINITY,
  'redis cluster': 5,
  'rabbitmq cluster': 5,
};
const KINDS = Object.keys(ENOUGH) as StackKind[];

/** Violations shown of one run. */
const MOST_SHOWN = 5;

const USAGE = `npm run test:faults -- [OPTION…]

Breaks the service under load, many times and in many ways, with servers of its own, and judges what was seen.

  --quick       one run of each fault, in about ten minutes
  --runs N      runs of each fault, 25 unless told; of a cluster 5 at most
  --only TEXT   only faults with this in their name
  --json FILE   writes the results there after every run; where it holds results, goes on from them
  --at-once N   breaks so many services at once, each with servers of its own; 1 unless told
  --minutes N   begins no run after so long; with --json the next start goes on from there
  --report FILE writes the results in it into docs/reliability.md, and runs nothing
  --seed N      of the first run; the same seed makes the same choices. A run that failed is repeated by
                --only NAME --runs 1 --seed ITS-SEED

Exits with 1 if a promise was broken in any run.`;

const options = {
  quick: { type: 'boolean', default: false },
  runs: { type: 'string' },
  only: { type: 'string', default: '' },
  json: { type: 'string' },
  report: { type: 'string' },
  minutes: { type: 'string' },
  'at-once': { type: 'string', default: '1' },
  seed: { type: 'string', default: '1' },
  help: { type: 'boolean', default: false },
} as const;

const wholeNumber = (name: string, value: string, least: number): number => {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new Error(`--${name} ${value}: expected a whole number from ${least}`);
};

const FAULTS = [
  ...SINGLE_NODE,
  ...LISTENERS,
  ...FUNCTIONS,
  ...FORGETTING,
  ...ALARM,
  ...FAILOVER,
  ...ON_THE_WAY_OUT,
  ...REDIS_CLOCK,
  ...REDIS_CLUSTER,
  ...RABBITMQ_CLUSTER,
];

const read = () => {
  const { values } = parseArgs({ options });
  const faults = FAULTS.filter(({ name }) => name.includes(values.only));
  if (faults.length === 0) throw new Error(`--only ${values.only}: there is no such fault`);
  return {
    help: values.help,
    faults,
    runs: wholeNumber('runs', values.runs ?? (values.quick ? '1' : '25'), 1),
    seed: wholeNumber('seed', values.seed, 0),
    json: values.json,
    from: values.report,
    services: wholeNumber('at-once', values['at-once'], 1),
    minutes: values.minutes === undefined ? Number.POSITIVE_INFINITY : wholeNumber('minutes', values.minutes, 1),
  };
};

/** The seed of a fault’s n-th run: the first is the one given, so that a run can be repeated by its seed. */
const seedOf = (first: number, run: number): number =>
  run === 0 ? first : createHash('sha256').update(`${first} ${run}`).digest().readUInt32BE(0);

const kindOf = ({ on = 'single nodes' }: Pick<Fault, 'on'>): StackKind => on;

/** What is yet to be run: the first run of each fault, then the second of each, and so on. */
const runsDue = (faults: readonly Fault[], runs: number, results: Results) =>
  Array.from({ length: runs }, (_, run) =>
    faults
      .filter((fault) => run < ENOUGH[kindOf(fault)] && results.of(fault.name).runs <= run)
      .map((fault) => ({ fault, run })),
  ).flat();

/** Runs a fault once. @returns what to say of it. */
const judge = async (stack: Stack, fault: Fault, run: number, seed: number, results: Results): Promise<string> => {
  const outcome = await runOnce(stack, fault, seed).catch((error: unknown) => {
    throw new Error(`${fault.name}, seed ${seed}: the run broke off\n${stack.fanOut.output}`, { cause: error });
  });
  results.add(fault.name, outcome);
  const broken = violations(outcome.verdict);
  const verdict = broken.length === 0 ? 'all well' : `${broken.length} VIOLATIONS, seed ${seed}`;
  const shown = broken.slice(0, MOST_SHOWN).map((each) => `\n         ${each}`);
  return `${fault.name}, run ${run + 1}: ${outcome.verdict.acked} acked, ${verdict}${shown.join('')}`;
};

const main = async (): Promise<boolean> => {
  const { help, faults, runs, seed, json, from, minutes, services } = read();
  if (help) {
    console.log(USAGE);
    return true;
  }
  if (from !== undefined) {
    report(new Results(from).faults);
    return true;
  }
  const results = new Results(json);
  const began = performance.now();
  const say = (line: string): void =>
    console.log(`${((performance.now() - began) / 1_000).toFixed(0).padStart(5)} s  ${line}`);
  const stacks = new Set<Stack>();
  const stop = async (): Promise<void> => {
    const all = [...stacks];
    stacks.clear();
    await Promise.all(all.map((stack) => stack.stop()));
  };
  process.once('SIGINT', () => void stop().finally(() => process.exit(130)));
  try {
    for (const kind of KINDS) {
      const due = runsDue(faults, runs, results).filter(({ fault }) => kindOf(fault) === kind);
      const next = () => (performance.now() - began > minutes * 60_000 ? undefined : due.shift());
      const work = async (): Promise<void> => {
        let stack: Stack | undefined;
        for (let task = next(); task !== undefined; task = next()) {
          stack ??= await startStack(kind);
          stacks.add(stack);
          say(await judge(stack, task.fault, task.run, seedOf(seed, task.run), results));
        }
      };
      await Promise.all(Array.from({ length: services }, work)).catch((error: unknown) => {
        if (!(error instanceof NotHere)) throw error;
        say(`${kind}: not run. ${error.message}`);
      });
      await stop();
    }
  } finally {
    await stop();
  }
  const left = runsDue(faults, runs, results).length;
  console.log(`\n${table(results.faults)}\n`);
  const took = ((performance.now() - began) / 60_000).toFixed(1);
  console.log(`${took} minutes${left === 0 ? '' : `; ${left} runs are left, for the next start with --json`}\n`);
  return results.faults.every(({ failures }) => failures.length === 0);
};

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error && error.cause === undefined ? error.message : error);
  process.exitCode = 2;
}
process.exit();
