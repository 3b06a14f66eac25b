import type { Clock, Connection, Connections, Gateway } from '../ports.ts';
import { concurrently } from './concurrently.ts';
import { persist } from './persist.ts';

/** Connections posted to at once. */
const WIDTH = 128;

/** Milliseconds one connection may hold up the others. */
const PATIENCE = 5_000;

/** What one connection is to hear, oldest first. */
export interface Outbox {
  readonly connection: Connection;
  readonly frames: Uint8Array[];
}

export interface Delivered {
  /** Frames the gateway took. */
  taken: number;
  /** Connections found closed, and removed. */
  gone: number;
  /** Connections closed because they could not be posted to in time. */
  stuck: number;
}

interface World {
  readonly gateway: Gateway;
  readonly connections: Connections;
  readonly clock: Clock;
}

/**
 * Posts every frame, each connection’s in order, one at a time. A connection that is gone is removed; one that cannot
 * be posted to is closed, so that its client comes back and catches up instead of holding up everyone else.
 *
 * @param deadline - when to give up on an absent gateway, milliseconds since 1970.
 * @throws DependencyAway where the gateway stayed away; some frames may have been posted.
 */
export const deliver = async (world: World, outboxes: readonly Outbox[], deadline: number): Promise<Delivered> => {
  const { gateway, connections, clock } = world;
  const delivered: Delivered = { taken: 0, gone: 0, stuck: 0 };

  await concurrently(outboxes, WIDTH, async ({ connection, frames }) => {
    for (const frame of frames) {
      const posted = await persist(clock, deadline, () => gateway.post(connection, frame, PATIENCE));
      if (posted === 'taken') {
        delivered.taken++;
        continue;
      }
      if (posted === 'stuck') await persist(clock, deadline, () => gateway.close(connection));
      await persist(clock, deadline, () => connections.close(connection.id));
      delivered[posted]++;
      return;
    }
  });
  return delivered;
};
