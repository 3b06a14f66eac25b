import type { Clock } from '../ports/clock.ts';
import type { Connection } from '../ports/connection.ts';
import type { Directory } from '../ports/directory.ts';
import type { Gateway } from '../ports/gateway.ts';
import type { Meter } from '../ports/meter.ts';
import { closeStuck } from './close.ts';
import { inFairOrder } from './fair-order.ts';
import type { Place, Progress } from './progress.ts';
import { retry } from './retry.ts';
import { Semaphore } from './semaphore.ts';

/** Connections posted to at once, slow ones not counted. */
const WIDTH = 128;

/** Milliseconds one connection is tried, over all frames of a batch: a slow one would hold up its whole shard. */
const PATIENCE = 5_000;

/** What one connection is to hear. */
export interface Outbox {
  readonly connection: Connection;
  /** Oldest first. */
  readonly frames: readonly Uint8Array[];
  /** How many events they hold. */
  readonly events: number;
}

export interface Delivered {
  /** Events in the frames the gateway took, counted once per connection. */
  events: number;
  /** Frames the gateway took. */
  taken: number;
  /** Connections found closed, and removed. */
  gone: number;
  /** Connections closed because they could not be posted to in time. */
  stuck: number;
}

interface World {
  readonly gateway: Gateway;
  readonly directory: Pick<Directory, 'because' | 'close' | 'leave'>;
  readonly clock: Clock;
  readonly meter: Pick<Meter, 'count'>;
}

/**
 * Posts every frame, each connection’s in order, one at a time. A connection that is gone is removed; one that cannot
 * be posted to is closed, so that its client comes back and catches up. One that is slow keeps nobody else waiting, and
 * of a page each user’s first connection comes before anybody’s second.
 *
 * @param pages - each connection once, in one of them, in the order of their ids; the next is asked for when the posting of
 *   the last has begun.
 * @param deadline - when to give up on an absent gateway, and to begin no more posts: milliseconds of `clock.elapsed`.
 * @param progress - of the turn, without which nothing is posted.
 * @throws the first failure, once everything under way has ended; nothing more is begun after it, and how far the posting
 *   came is noted, so that it goes on from there. DeadlineExceeded where there was no time for all of it, Fenced where a
 *   later turn has begun, DependencyAway where the gateway stayed away; some frames may have been posted.
 */
export const deliver = async (
  world: World,
  pages: AsyncIterable<readonly Outbox[]>,
  deadline: number,
  progress: Progress,
): Promise<Delivered> => {
  const { gateway, directory, clock, meter } = world;
  const delivered: Delivered = { events: 0, taken: 0, gone: 0, stuck: 0 };

  const { held } = progress;
  const post = async ({ connection, frames, events }: Outbox, place: Place): Promise<void> => {
    const patience = { left: PATIENCE, until: deadline };
    for (const frame of frames) {
      if (!held.isSure) await held.confirm();
      const posted = await retry(clock, deadline, () => gateway.post(connection, frame, patience));
      if (posted === 'taken') {
        delivered.taken++;
        continue;
      }
      // Whoever was frozen takes its own absence for that of a client.
      if (posted === 'stuck' && !held.isSure) await held.confirm();
      await retry(clock, deadline, () =>
        posted === 'stuck' ? closeStuck(world, connection) : directory.close(connection.id),
      );
      delivered[posted]++;
      progress.end(place);
      return;
    }
    delivered.events += events;
    progress.end(place);
  };

  let counted = 0;
  const count = (): void => {
    meter.count('events_delivered', {}, delivered.events - counted);
    counted = delivered.events;
  };

  const slots = new Semaphore(WIDTH, clock);
  try {
    for await (const page of pages) {
      // Their places are in the order of ids, which the progress is told by, whatever the order they are posted to.
      const places = page.map((outbox) => ({ outbox, place: progress.begin(outbox.connection.id) }));
      for (const { outbox, place } of inFairOrder(places, ({ outbox }) => outbox.connection.user)) {
        await slots.run(() => post(outbox, place));
      }
      count();
    }
    await slots.ended();
  } catch (error) {
    await slots.ended().catch(() => undefined);
    // What cannot be noted is posted again.
    await progress.note().catch(() => undefined);
    throw error;
  } finally {
    count();
  }
  return delivered;
};
