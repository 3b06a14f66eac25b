import { setTimeout as pause } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';

/** Timers looked at, and milliseconds of each. */
const TIMERS = 3;
const TIMER = 5;

/** How much of the memory this process may use it does use: 0 to 1. */
export const heapShare = (): number => {
  const { used_heap_size, heap_size_limit } = getHeapStatistics();
  return used_heap_size / heap_size_limit;
};

/**
 * How late the timers of this process are: milliseconds, the worst of a few. Looked at when asked, since a function that
 * was frozen in between would only see that.
 */
export const eventLoopDelay = async (): Promise<number> => {
  let worst = 0;
  for (let i = 0; i < TIMERS; i++) {
    const began = performance.now();
    await pause(TIMER);
    worst = Math.max(worst, performance.now() - began - TIMER);
  }
  return worst;
};

/** When this process began, milliseconds since 1970. */
export const processStart = (): number => Math.round(performance.timeOrigin);
