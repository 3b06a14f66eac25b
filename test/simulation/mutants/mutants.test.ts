import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { hunt, MUTANTS, nameOf, ROOT } from './mutants.ts';

/** Found soon. */
const PLANTED = 'client-hears-out-of-order';
const PLANS = 30;

describe('the planted faults', () => {
  it.each(MUTANTS.map((mutant) => [nameOf(mutant), mutant] as const))('can still be planted: %s', (_, mutant) => {
    expect(() => execFileSync('git', ['apply', '--check', mutant], { cwd: ROOT, stdio: 'pipe' })).not.toThrow();
  });

  it('are found', async () => {
    const mutant = MUTANTS.find((each) => nameOf(each) === PLANTED) as string;
    expect(await hunt(mutant, 1_000, PLANS)).toBeDefined();
  }, 600_000);
});
