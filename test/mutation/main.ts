/**
 * `npm run test:mutation -- --seed S --count N`: random mutants of the sources, and whether the unit tests that are about
 * each, or else the simulator, find it. Exits with 1 where one lived.
 */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { diffOf, mutated, someOf } from './mutations.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCES = ['lib/sync', 'lib/gateway', 'lib/protocol', 'client/src'];

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Date.now() / 1_000)) },
    count: { type: 'string', default: '100' },
    /** Plans of the simulator for each that the unit tests do not find. */
    plans: { type: 'string', default: '2000' },
    /** Goes on where this file ends. */
    json: { type: 'string' },
  },
});
const [seed, count, plans] = [Number(values.seed), Number(values.count), Number(values.plans)];
if (!(Number.isInteger(seed) && count > 0 && plans > 0)) {
  console.error('Usage: npm run test:mutation -- [--seed S] [--count N] [--plans N] [--json FILE]');
  process.exit(1);
}

/** What became of a mutant. */
interface Judged {
  readonly file: string;
  readonly diff: readonly string[];
  readonly killer: 'unit tests' | 'simulator' | undefined;
}

/** Milliseconds that the unit tests, and the plans, may take: what never ends is found. */
const PATIENCE = { unit: 300_000, plans: 1_800_000 };

const git = (...args: string[]): readonly string[] =>
  execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\0').filter(Boolean);

/** Runs a program to its end, with all that it starts. @returns whether it succeeded in time */
const succeeds = async (cwd: string, args: readonly string[], patience: number): Promise<boolean> => {
  const child = spawn(process.execPath, args, { cwd, detached: true, stdio: 'ignore' });
  const late = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), patience);
  const code = await new Promise<number | null>((resolve) => void child.once('exit', resolve));
  clearTimeout(late);
  return code === 0;
};

const copy = mkdtempSync(join(tmpdir(), 'realtime-sync-mutation-'));
process.once('exit', () => rmSync(copy, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
for (const name of git('ls-files', '-z', '-co', '--exclude-standard')) {
  if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(copy, name));
}
symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'junction');

const unitTests = (...args: string[]): readonly string[] => [
  ...['node_modules/vitest/vitest.mjs', ...args, '--run', '--project', 'unit', '--bail', '1'],
  ...['--exclude', 'test/simulation/**', '--exclude', 'test/mutation/**'],
];

/** The tests that are named after a file, or after the folder of its part: most mutants are found by these, in no time. */
const nearTests = (file: string): readonly string[] => {
  const folder = dirname(file);
  const names = [`/${basename(file, '.ts')}.`, ...(SOURCES.includes(folder) ? [] : [`/${basename(folder)}/`])];
  return unitTests('run', '--passWithNoTests', ...names);
};
const simulator = ['test/simulation/main.ts', '--plans', String(plans), '--seed', String(seed), '--stop'];

const files = git('ls-files', '-z', ...SOURCES).filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
const mutations = someOf(
  files.map((name) => join(copy, name)),
  count,
  seed,
);
const { json } = values;
const judged: Judged[] = json !== undefined && existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) : [];
for (const mutation of mutations.slice(judged.length)) {
  const { file } = mutation;
  const source = readFileSync(file, 'utf8');
  writeFileSync(file, mutated(source, mutation));
  const name = relative(copy, file);
  const isFound =
    !(await succeeds(copy, nearTests(name), PATIENCE.unit)) ||
    !(await succeeds(copy, unitTests('related', name), PATIENCE.unit));
  const killer = isFound ? 'unit tests' : (await succeeds(copy, simulator, PATIENCE.plans)) ? undefined : 'simulator';
  writeFileSync(file, source);
  const line = source.slice(0, mutation.start).split('\n').length;
  const diff = diffOf(source, mutation);
  judged.push({ file: `${name}:${line}`, diff, killer });
  console.log([`${killer === undefined ? 'LIVED' : `found by the ${killer}`}  ${name}:${line}`, ...diff].join('\n  '));
  if (json !== undefined) writeFileSync(json, JSON.stringify(judged, undefined, 2));
}

const foundBy = (killer: Judged['killer']): number => judged.filter((each) => each.killer === killer).length;
console.log(
  `seed ${seed}: ${judged.length} mutants, ${foundBy('unit tests')} found by unit tests, ${foundBy('simulator')} by ${plans} plans of the simulator, ${foundBy(undefined)} lived`,
);
process.exitCode = foundBy(undefined) > 0 ? 1 : 0;
