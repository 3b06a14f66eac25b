import { fanOutSettings } from '../fan-out-settings.ts';
import { AXES, type Axis, exponentOf, MOST_EXPONENT } from '../growth/axes.ts';
import { pointName } from '../growth/curves.ts';
import type { Measure, Suite } from '../measure.ts';
import { startWorker } from '../work.ts';

/** Events over which a time is taken, and of the largest fewer. */
const EVENTS = 100;
const DELIVERIES = 200_000;

/** Of the counts of what is delivered, the largest: below them it is what an event costs by itself. */
const LARGE = 3;

/** Milliseconds of an event at each count of an axis: the fan-out’s handler, a real Redis and a gateway that takes all. */
const curveOf = async (axis: Axis, settings: Readonly<Record<string, string>>, largest: number) => {
  const { worker } = await startWorker('growth', { ...settings, GROWTH_AXIS: axis.name });
  try {
    const points: (readonly [count: number, time: number])[] = [];
    let from = 0;
    for (const count of axis.counts.filter((each) => each <= largest)) {
      await worker.ask({ axis: axis.name, fill: [from, count] });
      const events = axis.delivered ? Math.max(5, Math.min(EVENTS, Math.floor(DELIVERIES / count))) : EVENTS;
      const { time } = await worker.ask<{ time: number }>({ axis: axis.name, time: count, events });
      points.push([count, time]);
      from = count;
    }
    return points;
  } finally {
    await worker.stop();
  }
};

/** How the time of an event grows with all that may grow: a curve over four decades each, and the exponent through it. */
export const growth: Suite = async (say, { quick, backends }) => {
  const { redisUrl, rabbitmqUrl } = await backends();
  const sink = await startWorker<{ port: number }>('sink');
  const measures: Measure[] = [];
  try {
    for (const axis of AXES) {
      const settings = {
        ...fanOutSettings({ redisUrl, rabbitmqUrl }, `bench-growth-${axis.name}:`, sink.said.port),
        EVENT_REPLAY_MAX_EVENTS: '200000',
      };
      const points = await curveOf(axis, settings, quick ? 1_000 : Number.POSITIVE_INFINITY);
      const fitted = axis.delivered ? points.slice(-LARGE) : points;
      const exponent = exponentOf(fitted);
      say(
        `${axis.what}: ${points.map(([count, time]) => `${count.toLocaleString('en')} ${time.toFixed(2)} ms`).join(', ')}`,
      );
      const target = axis.delivered ? MOST_EXPONENT.delivered : MOST_EXPONENT.beside;
      measures.push({ name: `growth.${axis.name}`, value: exponent, unit: '', target, better: 'lower' });
      for (const [count, value] of points)
        measures.push({ name: pointName(axis.name, count), value, unit: 'ms', better: 'lower' });
    }
    return measures;
  } finally {
    await sink.worker.stop();
  }
};
