import type { Clock } from '../ports/clock.ts';
import type { Past } from '../ports/past.ts';
import { figuresOf } from '../protocol/http/figures.ts';
import { Interval, type Metrics } from '../protocol/http/interval.ts';

/** Milliseconds between two points. */
export const PAUSE = 10_000;

/** Milliseconds by which a timer may be early and not skip its turn. */
const EARLY = 500;

/**
 * Keeps the figures of now, unless somebody did within the last ten seconds.
 *
 * @param metrics - those that figures are of, as they stand.
 * @throws DependencyAway
 */
export const notePast = async (past: Past, clock: Clock, metrics: () => Metrics): Promise<void> => {
  if (!(await past.claim(PAUSE - EARLY))) return;
  const at = clock.now();
  // As it is read again by the next.
  const text = JSON.stringify(metrics());
  const now = JSON.parse(text) as Metrics;
  const latest = await past.latest();
  const interval =
    latest === undefined
      ? new Interval(now, now, 0)
      : new Interval(JSON.parse(latest.text) as Metrics, now, at - latest.at);
  await past.add({ at, values: figuresOf(interval) }, { at, text });
};
