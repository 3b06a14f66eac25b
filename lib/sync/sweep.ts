import type { Clock } from '../ports/clock.ts';
import { DependencyAway } from '../ports/dependency.ts';
import type { Directory, DueConnection, UnclosedSocket } from '../ports/directory.ts';
import type { Gateway } from '../ports/gateway.ts';
import type { Subscriptions } from '../ports/subscriptions.ts';
import { concurrently } from './concurrently.ts';

/** Connections looked for in one run; the others come up in the next. */
const MOST_CONNECTIONS = 3_000;

/** Sockets closed in one run that could not be closed before. */
const MOST_SOCKETS = 1_000;

/** Entries of the registry looked at in one run. */
const MOST_ENTRIES = 1_000;

/** Milliseconds after which a connection comes up again whose gateway did not answer. */
const SOON = 60_000;

/** Questions to the gateway at a time: few, for they share its quota with the posts. */
const WIDTH = 16;

const isGatewayAway = (error: unknown): boolean => error instanceof DependencyAway && error.dependency === 'gateway';

/** What the sweeper works with. */
export interface SweepWorld {
  readonly directory: Directory;
  readonly subscriptions: Pick<Subscriptions, 'finish' | 'pruneRegistry'>;
  readonly gateway: Gateway;
  readonly clock: Clock;
  /** The gateway this service stands behind, for connections whose own is not known any more. */
  readonly endpoint: string;
  /** Milliseconds without a sign of life after which a connection is looked for. */
  readonly quiet: number;
}

export interface SweepReport {
  /** Connections that showed a sign of life by themselves. */
  seen: number;
  /** Connections the gateway still holds. */
  open: number;
  /** Connections that were gone, and were removed with all their subscriptions. */
  gone: number;
  /** Connections the gateway could not tell about, or not now. */
  unknown: number;
  /** Sockets that were closed at last. */
  closed: number;
  /** Entries of the registry that were removed. */
  unregistered: number;
}

/**
 * Clears away what killed functions and lost messages left behind: looks for the connections nobody has heard of for
 * too long and removes those that are gone, and ends what requests of the others were ending; closes sockets that could
 * not be closed before; removes patterns from the registry that have no listeners. A bounded amount in one run, so that a
 * run ends in time whatever there is to do.
 *
 * A gateway that does not answer removes nobody: its connections come up again soon.
 *
 * @param deadline - when to begin nothing more, milliseconds of `clock.elapsed`.
 * @throws DependencyAway where Redis is away.
 */
export const sweep = async (world: SweepWorld, deadline: number): Promise<SweepReport> => {
  const { directory, subscriptions, gateway, clock, endpoint, quiet } = world;
  const report: SweepReport = { seen: 0, open: 0, gone: 0, unknown: 0, closed: 0, unregistered: 0 };

  const keep = async (id: string, until: number): Promise<void> => {
    await subscriptions.finish(id);
    await directory.postpone(id, until);
  };

  const look = async ({ id, endpoint: own, quiet: since }: DueConnection): Promise<void> => {
    if (since < quiet) {
      await keep(id, clock.now() + quiet - since);
      report.seen++;
      return;
    }
    try {
      const found = await gateway.find({ id, endpoint: own ?? endpoint });
      if (found === 'gone') await directory.close(id);
      else await keep(id, clock.now() + quiet);
      report[found]++;
    } catch (error) {
      if (!isGatewayAway(error)) throw error;
      await directory.postpone(id, clock.now() + SOON);
      report.unknown++;
    }
  };

  const isClosed = async (socket: UnclosedSocket): Promise<boolean> => {
    try {
      await gateway.close(socket);
    } catch (error) {
      if (isGatewayAway(error)) return false;
      throw error;
    }
    await directory.forgetUnclosed(socket);
    return true;
  };

  await concurrently(await directory.due(clock.now(), MOST_CONNECTIONS), WIDTH, async (connection) => {
    if (clock.elapsed() <= deadline) await look(connection);
  });
  await concurrently(await directory.unclosed(MOST_SOCKETS), WIDTH, async (socket) => {
    if (clock.elapsed() <= deadline && (await isClosed(socket))) report.closed++;
  });
  if (clock.elapsed() <= deadline) report.unregistered = await subscriptions.pruneRegistry(MOST_ENTRIES);
  return report;
};
