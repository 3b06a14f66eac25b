import type { Incoming } from '../ports/incoming.ts';
import { type BatchInTurn, type FanOutReport, fanOutPart, inTurn, NOTHING, sum } from './fan-out.ts';
import type { FanOutWorld } from './post.ts';
import { isPassing } from './resume.ts';
import { retry } from './retry.ts';

/** Pauses between the tries of a message that fails, milliseconds: all that a message can hold up its shard. */
const PAUSES = [50, 150];

const reasonOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : `${error}`);

/**
 * Processes one batch of a shard as `fanOut` does. Where that fails, and it is not for want of a dependency or of time, one
 * of its messages is at fault: then each is processed by itself, in order, and one that fails again and again is parked with
 * the reason. All of it is one turn.
 *
 * An absent dependency parks nothing: the batch is to come back, and comes back whole.
 *
 * @param onFailure - told why the batch failed as one. Each of its messages may go well by itself, and then nothing else tells.
 * @throws DeadlineExceeded, Fenced or DependencyAway; also the failure of a message that came after the deadline.
 */
export const fanOutOrPark = (
  world: FanOutWorld,
  batch: readonly Incoming[],
  deadline: number,
  onFailure: (error: unknown) => void,
): Promise<FanOutReport> =>
  inTurn(world, batch, deadline, async (turn) => {
    try {
      return await fanOutPart(world, turn, batch, true);
    } catch (error) {
      if (isPassing(error)) throw error;
      onFailure(error);
    }
    let report = NOTHING;
    for (const message of batch) report = sum(report, await oneOrPark(world, turn, message));
    return report;
  });

const oneOrPark = async (world: FanOutWorld, turn: BatchInTurn, message: Incoming): Promise<FanOutReport> => {
  const { held, deadline } = turn;
  for (let tries = 0; ; tries++) {
    try {
      return await fanOutPart(world, turn, [message], false);
    } catch (error) {
      if (isPassing(error) || world.clock.elapsed() > deadline) throw error;
      const pause = PAUSES[tries];
      if (pause !== undefined) {
        await world.clock.sleep(pause);
        continue;
      }
      if (!('arrived' in message)) throw error;
      const poison = { ...message.arrived, reason: reasonOf(error) };
      if (!held.isSure) await held.confirm();
      await retry(world.clock, deadline, () => world.parking.park(poison));
      return { ...NOTHING, parked: 1 };
    }
  }
};
