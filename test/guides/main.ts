/**
 * Does what the guides say: `npm run test:guides`, or `npm run test:guides -- NAME` for one. Each docs/guides/add-*.md shows all that is written by hand as diffs. They are applied to a copy of the working tree as it stands, the generated files are made anew, and then the check must
 * pass, and the unit tests of what was changed.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { diffsIn, FOLLOWED } from './diffs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const GUIDES = 'docs/guides';

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** What npm would run, without what it would install before. */
const STEPS = [scripts['docs'], scripts['check'], `${scripts['test:unit']} --changed`] as readonly string[];

/** A copy is a repository of its own, whatever this is called from. */
const environment = (directory: string): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))),
  PATH: `${join(directory, 'node_modules/.bin')}:${process.env['PATH']}`,
});

/** All that is or could be committed. */
const copyTree = (directory: string): void => {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  for (const file of list.toString().split('\0').filter(Boolean)) {
    if (existsSync(join(ROOT, file))) cpSync(join(ROOT, file), join(directory, file), { recursive: true });
  }
  for (const installed of ['node_modules', 'docs/tools/node_modules']) {
    symlinkSync(join(ROOT, installed), join(directory, installed), 'junction');
  }
};

/** @returns whether all of it went well; what did not has said why. */
const follow = (guide: string): boolean => {
  const directory = mkdtempSync(join(tmpdir(), 'realtime-sync-guide-'));
  try {
    copyTree(directory);
    const settings = { cwd: directory, env: environment(directory), stdio: 'inherit' } as const;
    const git = (args: readonly string[], input = '') =>
      spawnSync('git', args, { ...settings, input, stdio: ['pipe', 'inherit', 'inherit'] }).status === 0;
    const author = ['-c', 'user.name=guides', '-c', 'user.email=guides@localhost'];
    const committed = [
      ['init', '-q'],
      ['add', '-A'],
      [...author, 'commit', '-q', '-m', 'As it stands'],
    ].every((args) => git(args));
    if (!committed) return false;
    const diffs = diffsIn(readFileSync(join(ROOT, GUIDES, guide), 'utf8'));
    if (diffs.length === 0) {
      console.error('It shows no diff');
      return false;
    }
    if (!diffs.every((diff) => git(['apply', '--verbose'], diff))) return false;
    return STEPS.every((step) => {
      console.log(`$ ${step}`);
      return spawnSync('sh', ['-c', step], settings).status === 0;
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const all = readdirSync(join(ROOT, GUIDES)).filter((name) => FOLLOWED.test(`${GUIDES}/${name}`));
if (all.length === 0) throw new Error(`There is no guide in ${GUIDES}`);
const named = process.argv.slice(2);
const unknown = named.find((name) => !all.includes(name));
if (unknown !== undefined) throw new Error(`${unknown}: expected one of ${all.join(', ')}`);
const guides = named.length === 0 ? all : named;
const failed = guides.filter((guide) => {
  console.log(`\n── ${guide}`);
  return !follow(guide);
});
console.log(
  `\n${guides.length - failed.length} guides can be followed${failed.map((guide) => `, not ${guide}`).join('')}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
