import { expect, it } from 'vitest';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { restOfWindow } from '../../../lib/sync/rest-of-window.ts';
import { UnderWay } from './under-way.ts';

it.each([
  ['a batch that took less waits for the rest', 30, 100, false, 70],
  ['one that took longer does not wait', 130, 100, false, 0],
  ['nor does a full one', 30, 100, true, 0],
  ['nor any without a window', 0, 0, false, 0],
])('%s', async (_, took, window, isFull, expected) => {
  const clock = new ManualClock();
  const began = clock.elapsed() - took;
  await restOfWindow(clock, began, window, isFull);
  expect(clock.elapsed()).toBe(expected);
});

it('is over once it has waited', async () => {
  const underWay = new UnderWay();
  await restOfWindow(underWay.of({ clock: new ManualClock() }, 'clock').clock, 0, 100, false);
  expect([underWay.made, underWay.calls]).toEqual([1, []]);
});

it.each([600_000, -600_000])(
  'waits for the rest of the window, and no longer, where the clock was set by %i ms',
  async (by) => {
    const clock = new ManualClock();
    const began = clock.elapsed();
    await clock.sleep(20);
    clock.time += by;
    await restOfWindow(clock, began, 50, false);
    expect(clock.elapsed()).toBe(50);
  },
);
