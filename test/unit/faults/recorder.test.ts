import { expect, it } from 'vitest';
import type { Seen } from '../../faults/checker.ts';
import { Recorder } from '../../faults/recorder.ts';

const heardBy = (told: readonly [epoch: string, from: number, to: number, id?: string][]): string[] => {
  const seen: Seen[] = [];
  const recorder = new Recorder(seen, 'queue');
  for (const [epoch, from, to, id] of told) {
    recorder.hear({ channel: 'a', epoch, from, to, ...(id === undefined ? {} : { id }) });
  }
  return seen.flatMap((each) => (each.type === 'heard' ? [`${each.epoch} ${each.offset} ${each.id}`] : []));
};

it('writes down what a back-end hears for the first time, and leaves out what comes again', () => {
  const told = [
    ['e', 1, 1, 'x'],
    ['e', 2, 2, 'y'],
    ['e', 1, 1, 'x'],
    ['e', 2, 2, 'y'],
    ['e', 3, 3, 'z'],
    ['f', 1, 1, 'w'],
  ] as const;
  expect(heardBy(told.map((each) => [...each]))).toEqual(['e 1 x', 'e 2 y', 'e 3 z', 'f 1 w']);
});

it('does not excuse what is missing by a gap that was declared', () => {
  expect(
    heardBy([
      ['e', 1, 1, 'x'],
      ['e', 2, 3],
      ['e', 4, 4, 'y'],
    ]),
  ).toEqual(['e 1 x', 'e 4 y']);
});
