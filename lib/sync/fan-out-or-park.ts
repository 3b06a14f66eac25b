import type { Incoming } from '../ports/incoming.ts';
import { withRetries } from '../ports/retry-policy.ts';
import { type BatchInTurn, type FanOutReport, fanOutPart, inTurn, NOTHING, type OnFailure, sum } from './fan-out.ts';
import type { FanOutWorld } from './post.ts';
import { isPassing } from './resume.ts';
import { retry } from './retry.ts';

/** Milliseconds between the tries of a message that fails: all that a message can hold up its shard. */
const PAUSES = [50, 150];

const reasonOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : `${error}`);

/**
 * Processes one batch of a shard as `fanOut` does. Where that fails, and it is not for want of a dependency or of time, one
 * of its messages is at fault: then each is processed by itself, in order, and one that fails again and again is parked with
 * the reason. All of it is one turn.
 *
 * An absent dependency parks nothing: the batch is to come back, and comes back whole.
 *
 * @param onFailure - nothing else may tell: each message of a batch that failed as one may go well by itself.
 * @throws DeadlineExceeded, Fenced or DependencyAway; also the failure of a message that came after the deadline.
 */
export const fanOutOrPark = (
  world: FanOutWorld,
  batch: readonly Incoming[],
  deadline: number,
  onFailure: OnFailure,
): Promise<FanOutReport> =>
  inTurn(world, batch, deadline, onFailure, async (turn) => {
    try {
      return await fanOutPart(world, turn, batch, true);
    } catch (error) {
      if (isPassing(error)) throw error;
      onFailure(error, 'batch');
    }
    let report = NOTHING;
    for (const message of batch) report = sum(report, await oneOrPark(world, turn, message));
    return report;
  });

const oneOrPark = async (world: FanOutWorld, turn: BatchInTurn, message: Incoming): Promise<FanOutReport> => {
  const { held, deadline } = turn;
  const { clock, parking } = world;
  // One that failed after the deadline had too little time, which says nothing of it.
  const isAtFault = (error: unknown): boolean => !isPassing(error) && clock.elapsed() <= deadline;
  try {
    const policy = { pauses: PAUSES, isTransient: isAtFault };
    return await withRetries(clock, policy, Number.POSITIVE_INFINITY, () => fanOutPart(world, turn, [message], false));
  } catch (error) {
    if (!isAtFault(error) || !('arrived' in message)) throw error;
    const poison = { ...message.arrived, reason: reasonOf(error) };
    if (!held.isSure) await held.confirm();
    await retry(clock, deadline, () => parking.park(poison));
    return { ...NOTHING, parked: 1 };
  }
};
