import { MemoryStore } from '../../../lib/memory/store.ts';
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

/** @returns such a stage, and a store by its clock. */
export const calmStore = () => {
  const stage = calmStage();
  return { stage, store: new MemoryStore(stage.time) };
};

/** An event as it stands in a history. */
export const storedEvent = (offset: number, id = `e${offset}`) => ({
  ...{ id, offset, epoch: 'epoch-1', timestamp: 1_000 + offset, data: '{}' },
  ...({ category: 'a', priority: 'normal' } as const),
});
