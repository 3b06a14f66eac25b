import { expect, it } from 'vitest';
import { restOfWindow } from '../../../lib/sync/rest-of-window.ts';
import { ManualClock } from './world.ts';

it('waits no longer than the window where the clock was set back meanwhile', async () => {
  const clock = new ManualClock();
  const began = clock.now();
  clock.time -= 600_000;
  await restOfWindow(clock, began, 50, false);
  expect(clock.now()).toBe(began - 600_000 + 50);
});
