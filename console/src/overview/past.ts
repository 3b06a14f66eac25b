import type { PastPoint } from '../../../lib/protocol/http/past.ts';
import type { Panel } from './panels.ts';

/** Milliseconds between two points of the past beyond which a line is broken: on AWS there may be one a minute. */
const LONGEST_PAUSE = 150_000;

/** A point of a chart. */
export interface ChartPoint {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** One for each line; null where there is none. */
  readonly values: readonly (number | null)[];
}

/**
 * The points of a chart for the time before the page was opened.
 *
 * @param before - milliseconds since 1970: what is not older is known better by now.
 */
export const pastOf = ({ lines }: Panel, points: readonly PastPoint[], before: number): readonly ChartPoint[] => {
  const nothing = lines.map(() => null);
  return points
    .filter(({ at }) => at < before)
    .flatMap(({ at, values }, i, all) => {
      const point = { at, values: lines.map(({ figure }) => values[figure] ?? null) };
      const next = all[i + 1]?.at ?? before;
      return next - at > LONGEST_PAUSE ? [point, { at: at + 1, values: nothing }] : [point];
    });
};
