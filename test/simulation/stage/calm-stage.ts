import { VirtualClock } from '../../../lib/memory/virtual-clock.ts';
import type { Stage } from './environment.ts';
import { FAULTS, Fate } from './fate.ts';
import { Story } from './story.ts';

/** @returns a stage on which nothing befalls anybody. */
export const calmStage = (): Stage & { readonly time: VirtualClock } => {
  const time = new VirtualClock();
  return {
    time,
    fate: new Fate(1, new Set(FAULTS), new Set()),
    story: new Story(() => time.elapsed()),
    away: new Set(),
    goAway: () => undefined,
    problems: [],
    steps: { count: 0, looks: new Set() },
    isFull: false,
  };
};
