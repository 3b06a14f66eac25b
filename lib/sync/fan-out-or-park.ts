import { DependencyAway } from '../ports/dependency.ts';
import type { Incoming } from '../ports/incoming.ts';
import { type FanOutReport, type FanOutWorld, fanOut } from './fan-out.ts';
import { persist } from './persist.ts';

/** Pauses between the tries of a message that fails, milliseconds: all that a message can hold up its shard. */
const PAUSES = [50, 150];

const reasonOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : `${error}`);

const sum = (one: FanOutReport, other: FanOutReport): FanOutReport =>
  Object.fromEntries(
    Object.entries(one).map(([name, value]) => [name, value + other[name as keyof FanOutReport]]),
  ) as unknown as FanOutReport;

/**
 * Processes one batch of a shard as `fanOut` does. Where that fails, and no dependency is away, one of its messages is at
 * fault: then each is processed by itself, in order, and one that fails again and again is parked with the reason.
 *
 * An absent dependency parks nothing: the batch is to come back, and comes back whole.
 *
 * @throws DependencyAway; also the failure of a message that came after the deadline.
 */
export const fanOutOrPark = async (
  world: FanOutWorld,
  batch: readonly Incoming[],
  deadline: number,
): Promise<FanOutReport> => {
  try {
    return await fanOut(world, batch, deadline);
  } catch (error) {
    if (error instanceof DependencyAway) throw error;
  }
  let report: FanOutReport | undefined;
  for (const message of batch) {
    const own = await oneOrPark(world, message, deadline);
    report = report === undefined ? own : sum(report, own);
  }
  return report as FanOutReport;
};

const oneOrPark = async (world: FanOutWorld, message: Incoming, deadline: number): Promise<FanOutReport> => {
  // It may be in the history by now, and not have been posted.
  const again: Incoming = { ...message, redelivered: true };
  for (let tries = 0; ; tries++) {
    try {
      return await fanOut(world, [again], deadline);
    } catch (error) {
      if (error instanceof DependencyAway || world.clock.elapsed() > deadline) throw error;
      const pause = PAUSES[tries];
      if (pause !== undefined) {
        await world.clock.sleep(pause);
        continue;
      }
      if (!('arrived' in message)) throw error;
      const poison = { ...message.arrived, reason: reasonOf(error) };
      await persist(world.clock, deadline, () => world.parking.park(poison));
      return { ...(await fanOut(world, [], deadline)), parked: 1 };
    }
  }
};
