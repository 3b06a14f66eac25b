import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { planOf } from '../plans/plan.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
export const ROOT = join(HERE, '../../..');

/** What a mutant is made of. */
const PARTS = ['lib', 'client', 'localstack', 'test', 'package.json'];

/** Files of planted faults, each a patch of the project as it stands. */
export const MUTANTS: readonly string[] = readdirSync(HERE)
  .filter((name) => name.endsWith('.patch'))
  .sort()
  .map((name) => join(HERE, name));

export const nameOf = (mutant: string): string => basename(mutant, '.patch');

/** What finding a mutant took: undefined where it was not found. */
export interface Hunted {
  /** The plan that broke something, counted from one. */
  readonly plans: number;
  readonly problem: string;
}

/**
 * Plays plans in a copy of the project with a fault planted.
 *
 * @param first - the seed of the first.
 * @param most - plans at most.
 */
export const hunt = async (mutant: string, first: number, most: number): Promise<Hunted | undefined> => {
  const copy = mkdtempSync(join(tmpdir(), 'realtime-sync-mutant-'));
  try {
    for (const part of PARTS) cpSync(join(ROOT, part), join(copy, part), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'junction');
    execFileSync('git', ['apply', mutant], { cwd: copy });
    const { play }: typeof import('../play.ts') = await import(
      pathToFileURL(join(copy, 'test/simulation/play.ts')).href
    );
    for (let plans = 1; plans <= most; plans++) {
      const [problem] = (await play(planOf(first + plans - 1))).problems;
      if (problem !== undefined) return { plans, problem };
    }
    return undefined;
  } finally {
    rmSync(copy, { recursive: true });
  }
};
