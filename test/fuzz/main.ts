import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Progress, roundsOf } from './rounds.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const USAGE = `npm run fuzz -- [OPTION…]

Gives every door what is anything: the functions get frames, requests, handshakes and messages of the broker, the gateway
frames and requests. What is tried follows from the seed.

  --count N   so many inputs, in rounds of 100,000; else one round of 297,000
  --seed S    of the first round; that of each further one is one more. Else 20,260,101
  --again     from the first round, also where a run of the same was ended before its last
  --help      says this

A run that was ended goes on with the round it was in, unless the sources are of another commit. Exits with 1 if something
was answered as it should not be.`;

const options = {
  count: { type: 'string' },
  seed: { type: 'string', default: '20260101' },
  again: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** Of so many inputs in all, how many each door gets. */
const DOORS = {
  FUZZ_FRAMES: 200_000,
  FUZZ_REQUESTS: 50_000,
  FUZZ_HANDSHAKES: 20_000,
  FUZZ_MESSAGES: 20_000,
  FUZZ_EMULATOR_FRAMES: 5_000,
  FUZZ_EMULATOR_REQUESTS: 2_000,
};
const ALL = Object.values(DOORS).reduce((sum, count) => sum + count, 0);
/** Fewer say nothing of what leaks. */
const LEAST = 10_000;

const numberOf = (name: string, text: string, least: number): number => {
  const number = Number(text.replaceAll(',', ''));
  if (!Number.isSafeInteger(number) || number < least)
    throw new Error(`${name} ${text}: expected a number from ${least}`);
  return number;
};

const revisionOf = (): string => {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'unknown';
  }
};

/** @returns whether every door answered as it should. */
const playRound = async (count: number, seed: number): Promise<boolean> => {
  const counts = Object.entries(DOORS).map(([name, share]) => [name, String(Math.ceil((count * share) / ALL))]);
  const program = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [program, 'run', '--config', 'vitest.fuzz.config.ts'], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...Object.fromEntries(counts), FUZZ_SEED: String(seed) },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
};

const comma = (number: number): string => number.toLocaleString('en');

/** What the process is to exit with. */
const main = async (): Promise<number> => {
  const { values } = parseArgs({ options });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const seed = numberOf('--seed', values.seed, 0);
  if (values.count === undefined) return (await playRound(ALL, seed)) ? 0 : 1;

  const count = numberOf('--count', values.count, LEAST);
  const rounds = roundsOf(count);
  const progress = new Progress(join(ROOT, `.local/fuzz/${seed}-${count}.json`), revisionOf());
  const first = values.again ? 0 : progress.rounds;
  if (first > 0) console.log(`Goes on with round ${first + 1} of ${rounds.length}`);

  let tried = 0;
  const began = performance.now();
  for (const [at, inputs] of rounds.entries()) {
    if (at < first) continue;
    if (!(await playRound(inputs, seed + at))) {
      console.error(
        `Round ${at + 1} of ${rounds.length} found something: --count ${inputs} --seed ${seed + at} repeats it`,
      );
      return 1;
    }
    tried += inputs;
    const rate = tried / ((performance.now() - began) / 1_000);
    console.log(`Round ${at + 1} of ${rounds.length}: ${comma(tried)} inputs, ${comma(Math.round(rate))} a second`);
    progress.note(at + 1);
  }
  progress.forget();
  return 0;
};

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
