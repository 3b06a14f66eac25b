import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { diffOf, mutated, mutationsOf, someOf } from './mutations.ts';

const folder = mkdtempSync(join(tmpdir(), 'realtime-sync-mutations-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = join(folder, 'source.ts');
const SOURCE = `type Least = 1;
export const f = async (a: number, go: () => Promise<void>): Promise<boolean> => {
  if (a < 10) return true;
  await go();
  return a > 2 && false;
};
`;
writeFileSync(file, SOURCE);

describe('the random mutants', () => {
  it('flip operators, negate conditions, drop awaits, move constants, remove statements, and leave types alone', () => {
    const sources = mutationsOf(file).map((mutation) => diffOf(SOURCE, mutation).at(-1));
    expect(sources.sort()).toEqual(
      [
        '+ if (!(a < 10)) return true;',
        '+ if (a <= 10) return true;',
        '+ if (a < 21) return true;',
        '+ if (a < 10) return false;',
        '+ ;',
        '+ go();',
        '+ return a > 2 || false;',
        '+ return a >= 2 && false;',
        '+ return a > 5 && false;',
        '+ return a > 2 && true;',
      ].sort(),
    );
  });

  it('are the same for the same seed, and none comes twice', () => {
    const some = someOf([file], 6, 7);
    expect(someOf([file], 6, 7)).toEqual(some);
    expect(new Set(some.map((mutation) => mutated(SOURCE, mutation))).size).toBe(6);
    expect(someOf([file], 1_000, 7)).toHaveLength(mutationsOf(file).length);
  });
});
