import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { stop } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPackage } from '../../client/build.ts';
import { blocksOf } from '../guides/blocks.ts';

const run = promisify(execFile);
const ROOT = path.join(import.meta.dirname, '../..');
const OWN_NAME = 'test/package/readme.test.ts';

const programs = blocksOf(readFileSync(path.join(ROOT, 'client/README.md'), 'utf8'))
  .filter(({ mark }) => mark?.kind === 'run by' && mark.file === OWN_NAME)
  .map(({ text }) => text);

// Each starts vitest anew.
describe('the test that the README of the package shows', { timeout: 180_000 }, () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'realtime-sync-readme-'));
  const link = (name: string, to: string) => symlinkSync(to, path.join(directory, 'node_modules', name), 'junction');

  beforeAll(async () => {
    await buildPackage(path.join(directory, 'dist'));
    mkdirSync(path.join(directory, 'node_modules'));
    link('realtime-sync-client', path.join(directory, 'dist'));
    link('vitest', path.join(ROOT, 'node_modules/vitest'));
    writeFileSync(path.join(directory, 'package.json'), '{"type":"module"}');
    // Nothing is cached where others are.
    writeFileSync(path.join(directory, 'vitest.config.js'), `export default { cacheDir: 'cache' };`);
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true, force: true });
    await stop();
  });

  /** Runs a program as vitest runs a file of tests. @returns whether it passed, and what was printed. */
  const tested = async (program: string): Promise<{ readonly isPassed: boolean; readonly said: string }> => {
    writeFileSync(path.join(directory, 'readme.test.ts'), program);
    const others = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'));
    const vitest = path.join(ROOT, 'node_modules/vitest/vitest.mjs');
    const env = { ...Object.fromEntries(others), NO_COLOR: '1' };
    return run(process.execPath, [vitest, 'run', '--root', directory], { cwd: directory, env }).then(
      ({ stdout }) => ({ isPassed: true, said: stdout }),
      ({ stdout, stderr }: { stdout: string; stderr: string }) => ({ isPassed: false, said: `${stdout}${stderr}` }),
    );
  };

  it('passes with the package as it is packed', async () => {
    expect(programs).toHaveLength(1);
    expect(await tested(programs[0] as string)).toEqual({
      isPassed: true,
      said: expect.stringMatching(/Tests +1 passed/),
    });
  });

  it('would fail if the client did not hear what it missed', async () => {
    const program = (programs[0] as string).replace('advance(60_000)', 'advance(0)');
    expect(await tested(program)).toMatchObject({ isPassed: false, said: expect.stringContaining('AssertionError') });
  });
});
