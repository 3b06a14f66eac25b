import type { Measure } from '../measure.ts';
import { AXES, type Axis } from './axes.ts';

/** What a measure is called that is a point of a curve. */
export const pointName = (axis: string, count: number): string => `growth.${axis}-at-${count}`;

/** Whether a measure is a point of a curve, which is shown among those of its curve and not by itself. */
export const isPoint = (name: string): boolean => /^growth\..*-at-\d+$/.test(name);

export interface Curve {
  readonly axis: Axis;
  readonly points: readonly (readonly [count: number, time: number])[];
}

/** The curves that a run has, each of two points or more. */
export const curvesOf = (measures: readonly Measure[]): readonly Curve[] => {
  const values = new Map(measures.map(({ name, value }) => [name, value]));
  return AXES.map((axis) => ({
    axis,
    points: axis.counts.flatMap((count) => {
      const time = values.get(pointName(axis.name, count));
      return time === undefined ? [] : [[count, time] as const];
    }),
  })).filter(({ points }) => points.length > 1);
};
