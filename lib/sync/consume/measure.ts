import type { Clock } from '../../ports/clock.ts';
import type { Consumers } from '../../ports/consumers.ts';
import type { History } from '../../ports/history.ts';
import type { Meter } from '../../ports/meter.ts';
import { Hearing } from '../replay/hearing.ts';
import { parseCursor } from './cursor.ts';
import { lagOf } from './lag.ts';

/** Consumers that are looked at in one run, and those of them before it is looked at the time. */
const MOST = 1_000;
const AT_A_TIME = 20;

interface World {
  readonly consumers: Pick<Consumers, 'round' | 'find'>;
  readonly history: History;
  readonly meter: Pick<Meter, 'set'>;
  readonly clock: Clock;
}

/**
 * Measures how late consumers are, of anybody, those first that were looked at longest ago: also of those from which nobody
 * pulls any more.
 *
 * @param deadline - when to begin nothing more, milliseconds of `clock.elapsed`.
 * @returns how many were looked at.
 * @throws DependencyAway
 */
export const measureConsumers = async (
  { consumers, history, meter, clock }: World,
  deadline: number,
): Promise<number> => {
  let worst = 0;
  const looked = new Set<string>();
  while (looked.size < MOST && clock.elapsed() < deadline) {
    const before = looked.size;
    for (const { user, name } of await consumers.round(AT_A_TIME)) {
      const mark = `${user}\n${name}`;
      if (looked.has(mark) || clock.elapsed() >= deadline) continue;
      looked.add(mark);
      const consumer = await consumers.find(user, name);
      if (consumer === undefined) continue;
      const { milliseconds } = await lagOf(history, new Hearing(consumer.patterns), parseCursor(consumer.cursor));
      worst = Math.max(worst, milliseconds);
    }
    if (looked.size === before) break;
  }
  meter.set('consumer_lag', {}, worst);
  return looked.size;
};
