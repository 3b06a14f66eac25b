import { expect, it } from 'vitest';
import { type Acknowledged, againProblems, fenceProblems, type Leased } from '../../faults/lease-problems.ts';

const leased = (fence: number, asked: number, at: number, offsets: readonly number[], consumer = 'c'): Leased => ({
  ...{ type: 'leased', at, asked, consumer, fence },
  places: offsets.map((offset) => ({ channel: 'a', epoch: 'e', offset })),
});

const acknowledged = (fence: number, asked: number, at: number, consumer = 'c'): Acknowledged => ({
  ...{ type: 'acknowledged', at, asked, consumer, fence },
});

it('finds nothing where each acknowledges before the next has events', () => {
  const all = [leased(1, 0, 1, [1, 2]), leased(2, 3, 5, [3])];
  const done = [acknowledged(1, 2, 4), acknowledged(2, 6, 7)];
  expect([fenceProblems(all, done), againProblems(all, done)]).toEqual([[], []]);
});

it('finds who acknowledged although somebody else had been handed events since', () => {
  const all = [leased(1, 0, 1, [1, 2]), leased(2, 2, 3, [1, 2])];
  expect(fenceProblems(all, [acknowledged(1, 4, 5)])).toEqual([expect.stringContaining('c acknowledged under 1')]);
  // Asked again for what it had asked for in time, or of another consumer.
  expect(fenceProblems(all, [acknowledged(1, 2, 5)])).toEqual([]);
  expect(fenceProblems(all, [acknowledged(1, 4, 5, 'd')])).toEqual([]);
});

it('finds what was handed out again after it had been acknowledged', () => {
  const all = [leased(1, 0, 1, [1, 2]), leased(2, 5, 6, [2, 3])];
  expect(againProblems(all, [acknowledged(1, 2, 4)])).toEqual([expect.stringContaining('2 of a under 2')]);
  // Whoever asked before that was known may have been answered before.
  expect(againProblems(all, [acknowledged(1, 2, 5)])).toEqual([]);
  expect(againProblems(all, [acknowledged(2, 7, 8)])).toEqual([]);
});
