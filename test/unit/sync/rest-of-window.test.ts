import { expect, it } from 'vitest';
import { restOfWindow } from '../../../lib/sync/rest-of-window.ts';
import { ManualClock } from './world.ts';

it.each([
  ['a batch that took less waits for the rest', 30, 100, false, 70],
  ['one that took longer does not wait', 130, 100, false, 0],
  ['nor does a full one', 30, 100, true, 0],
  ['nor any without a window', 0, 0, false, 0],
])('%s', async (_, took, window, isFull, expected) => {
  const clock = new ManualClock();
  const began = clock.now() - took;
  const before = clock.now();
  await restOfWindow(clock, began, window, isFull);
  expect(clock.now() - before).toBe(expected);
});
