import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Progress, roundsOf } from '../fuzz/rounds.ts';

it.each([
  [10_000, [10_000]],
  [100_000, [100_000]],
  [250_001, [100_000, 150_001]],
  [1_000_000, Array(10).fill(100_000)],
])('%d inputs are tried in rounds, none of them a small one', (count, rounds) => {
  expect(roundsOf(count)).toEqual(rounds);
});

it('a run goes on where it was ended, unless the sources are others, or nothing is known', () => {
  const folder = mkdtempSync(join(tmpdir(), 'realtime-sync-fuzz-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'of/a-run.json');
  const progress = new Progress(file, 'first');
  expect(progress.rounds).toBe(0);
  progress.note(3);
  expect(new Progress(file, 'first').rounds).toBe(3);
  expect(new Progress(file, 'second').rounds).toBe(0);
  writeFileSync(file, '{"revision":"fir');
  expect(progress.rounds).toBe(0);
  progress.note(4);
  progress.forget();
  expect(progress.rounds).toBe(0);
});
