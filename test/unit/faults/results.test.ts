import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { check, EVERYTHING, type Seen } from '../../faults/checker.ts';
import { Results, table } from '../../faults/results.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'results-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const acked: readonly Seen[] = [
  { type: 'sent', at: 1, id: 'a', channel: 'c', publisher: 'alice', sequence: 0 },
  { type: 'acked', at: 2, id: 'a' },
];
const stored: Seen = { type: 'stored', channel: 'c', id: 'a', epoch: 'e', offset: 1 };

const outcome = (seed: number, seen: readonly Seen[], recovery = 100) => ({
  seed,
  verdict: check(seen, EVERYTHING),
  recovery,
});

it('goes on where a file of results ends', () => {
  const file = path.join(directory, 'results.json');
  new Results(file).add('a fault', outcome(1, [...acked, stored]));
  const later = new Results(file);
  expect(later.of('a fault').runs).toBe(1);
  later.add('a fault', outcome(2, [...acked, stored], 300));
  const { faults } = JSON.parse(readFileSync(file, 'utf8'));
  expect(faults).toMatchObject([
    { name: 'a fault', runs: 2, acked: 2, lost: 0, doubled: 0, outOfOrder: 0, longestRecovery: 300, failures: [] },
  ]);
});

it('keeps the seed of a run that broke a promise, and what it broke', () => {
  const results = new Results(undefined);
  results.add('a fault', outcome(77, acked));
  expect(results.of('a fault')).toMatchObject({
    lost: 1,
    failures: [{ seed: 77, violations: [expect.stringContaining('a was acked and is not in the history')] }],
  });
});

it('shows what was run, and only that', () => {
  const results = new Results(undefined);
  results.of('never run');
  results.add('a fault', outcome(1, [...acked, stored]));
  const [, , ...rows] = table(results.faults).split('\n');
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatch(/^\| a fault +\| +1 \| +1 \| +0 \|/);
});

it('refuses a file that holds something else', () => {
  expect(() => new Results(path.join(import.meta.dirname, '../../../package.json'))).toThrow('is not a file of');
});
