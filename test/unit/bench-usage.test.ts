import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const bench = (option: string) =>
  spawnSync(process.execPath, [join(import.meta.dirname, '../../bench/main.ts'), option], { encoding: 'utf8' });

it('the benchmark says how it is used, where that is asked for and where an option is wrong', () => {
  expect(bench('--help')).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^Usage: npm run bench/),
    stderr: '',
  });
  expect(bench('--qiuck')).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/'--qiuck'\n\nUsage: npm run bench/),
  });
});
