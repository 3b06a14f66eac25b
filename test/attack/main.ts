import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ATTACKS } from './attacks.ts';
import { areTimesJudged } from './judge.ts';
import { isBroken, report } from './report.ts';
import { type Played, play } from './run.ts';

const USAGE = `npm run test:attack -- [OPTION…]

Attacks a service of its own where people sign in, with its default limits: as npm start has it, and behind the strict
gateway. For each attack it prints what was sent, how long bystanders waited meanwhile, in relation to as much lawful
load and to quiet, and by how much Redis grew.

  --only NAME   this attack alone; may be said several times
  --quick       one short round of each, behind the strict gateway alone
  --json FILE   writes the results there
  --list        says which attacks there are
  --help        says this

Exits with 1 if a bound is broken, and with 2 if none is but the machine is too busy for times to say anything. docs/operations.md says how to read the table.`;

const options = {
  only: { type: 'string', multiple: true },
  quick: { type: 'boolean', default: false },
  json: { type: 'string' },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/**
 * The p99 of one round is the second longest of two hundred waits, and between two rounds of the same it doubles: what
 * is left after many is what the attack does.
 */
const LONG = { rounds: 3, moreRounds: 12, milliseconds: 5_000 };
const QUICK = { rounds: 1, moreRounds: 2, milliseconds: 3_000 };

/** What the process is to exit with. */
const main = async (): Promise<number> => {
  const { values } = parseArgs({ options });
  if (values.help || values.list) {
    console.log(values.help ? USAGE : ATTACKS.map(({ name, sends }) => `${name}: ${sends}`).join('\n'));
    return 0;
  }
  const all = ATTACKS.map(({ name }) => name);
  const unknown = values.only?.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: expected one of ${all.join(', ')}`);
  const began = performance.now();
  const say = (line: string): void =>
    console.log(`${((performance.now() - began) / 1_000).toFixed(0).padStart(5)} s  ${line}`);
  const played: Played[] = [];
  for (const strict of values.quick ? [true] : [true, false]) {
    played.push(await play({ names: values.only ?? all, strict, say, ...(values.quick ? QUICK : LONG) }));
  }
  console.log(`\n${report(played)}`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(played, undefined, 2)}\n`);
  if (played.some(({ outcomes }) => outcomes.some(isBroken))) return 1;
  return played.every(({ quiet }) => areTimesJudged(quiet)) ? 0 : 2;
};

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error && error.cause === undefined ? error.message : error);
  process.exitCode = 2;
}
process.exit();
