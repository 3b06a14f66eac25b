import { expect, it } from 'vitest';
import { pastOf } from '../../../console/src/overview/past.ts';

const BEGAN = 1_700_000_000_000;
const SECOND = 1_000;
const panel = {
  title: 'Queues',
  unit: '',
  lines: [
    { label: 'waiting', figure: 'waiting' },
    { label: 'parked', figure: 'parked' },
  ],
} as const;
const point = (seconds: number, values: Readonly<Record<string, number>>) => ({ at: BEGAN + seconds * SECOND, values });

it('begins a chart with what was before the page was opened', () => {
  const points = [point(0, { waiting: 1, parked: 2, lag: 9 }), point(10, { waiting: 3 }), point(20, { waiting: 4 })];
  expect(pastOf(panel, points, BEGAN + 20 * SECOND)).toEqual([
    { at: BEGAN, values: [1, 2] },
    { at: BEGAN + 10 * SECOND, values: [3, null] },
  ]);
});

it('breaks a line where nothing is known for minutes, and not for one', () => {
  const points = [point(0, { waiting: 1 }), point(60, { waiting: 2 }), point(600, { waiting: 3 })];
  expect(pastOf(panel, points, BEGAN + 610 * SECOND).map(({ at, values }) => [at - BEGAN, values[0]])).toEqual([
    [0, 1],
    [60 * SECOND, 2],
    [60 * SECOND + 1, null],
    [600 * SECOND, 3],
  ]);
});
