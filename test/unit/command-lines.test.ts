import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const run = (program: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, '../..', program), ...args], { encoding: 'utf8' });

describe.each([
  ['test/mutation/main.ts', 'test:mutation', ['--seed', 'x']],
  ['test/mutation/main.ts', 'test:mutation', ['--shard', '2']],
  ['test/mutation/main.ts', 'test:mutation', ['--count', '0']],
  ['test/simulation/main.ts', 'test:simulation', ['--meant', 'nothing']],
  ['test/simulation/main.ts', 'test:simulation', ['--threads', '0']],
  ['test/simulation/mutants/main.ts', 'test:mutants', ['--plans', 'many']],
])('%s', (program, command, nonsense) => {
  const usage = new RegExp(`^Usage: npm run ${command} `);

  it('says how it is used where that is asked for', () => {
    expect(run(program, '--help')).toMatchObject({ status: 0, stdout: expect.stringMatching(usage), stderr: '' });
  });

  it('says so where an option is none, what is wrong first', () => {
    const { status, stderr } = run(program, '--nosuch');
    expect([status, stderr.split('\n\n')[0]]).toEqual([1, "Unknown option '--nosuch'"]);
    expect(stderr.split('\n\n')[1]).toMatch(usage);
  });

  it(`says so where ${nonsense.join(' ')} makes no sense`, () => {
    expect(run(program, ...nonsense)).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(usage) });
  });
});
