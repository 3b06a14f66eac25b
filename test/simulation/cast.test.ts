import { expect, it } from 'vitest';
import { castOf } from './cast.ts';
import { planOf } from './plans/plan.ts';
import { EVERY_DEED } from './plans/steps.ts';
import { worldOf } from './world.ts';

it('every kind of step is somebody’s, and nobody else’s', () => {
  const steps = EVERY_DEED.map((deed) => ({ at: 0, deed, who: 0, where: 0, much: 0 }));
  const here = { hasGuest: true, hasKeeper: true, hasPages: true, hasHistorian: true, workers: 1 };
  const plan = { ...planOf(1), ...here, sessions: Number.POSITIVE_INFINITY, steps };
  const { all } = castOf(worldOf(plan, new Set()), plan, []);
  const taken = all.flatMap(({ deeds }) => Object.keys(deeds));
  // The run itself sweeps, as it does in every minute.
  expect([...taken, 'sweep'].sort()).toEqual([...EVERY_DEED].sort());
});
