import type { Clock } from '../ports/clock.ts';
import type { Caller, Connection } from '../ports/connection.ts';
import { DependencyAway } from '../ports/dependency.ts';
import type { Directory } from '../ports/directory.ts';
import type { Gateway } from '../ports/gateway.ts';
import type { Meter } from '../ports/meter.ts';
import { CONNECTIONS_PAUSE } from '../protocol/limits.ts';
import { concurrently } from './concurrently.ts';

/** Questions to the gateway at a time: few, for they share its quota with the posts. */
const WIDTH = 16;

/** Milliseconds of one look for connections that are gone: a client waits for its handshake meanwhile. */
const PATIENCE = 3_000;

/**
 * Milliseconds that a handshake may take: the function behind it has ten seconds. Until it is done, the gateway says of a
 * connection that it is gone.
 */
export const HANDSHAKE = 15_000;

interface World {
  readonly directory: Pick<Directory, 'open' | 'close' | 'toLookFor'>;
  readonly gateway: Pick<Gateway, 'find'>;
  readonly clock: Clock;
  readonly meter: Pick<Meter, 'count'>;
}

/** Removes connections of a user that are gone; no more than were under way when the first was found. @returns whether any was. */
const clearAway = async ({ directory, gateway, clock }: World, user: string): Promise<boolean> => {
  const until = clock.elapsed() + PATIENCE;
  let found = false;
  const look = async (other: Pick<Connection, 'id' | 'endpoint'>): Promise<void> => {
    if (found || clock.elapsed() > until) return;
    try {
      if ((await gateway.find(other)) !== 'gone') return;
    } catch (error) {
      // Whoever cannot be asked about is not taken for gone.
      if (error instanceof DependencyAway && error.dependency === 'gateway') return;
      throw error;
    }
    await directory.close(other.id);
    found = true;
  };
  await concurrently(await directory.toLookFor(user, CONNECTIONS_PAUSE, HANDSHAKE), WIDTH, look);
  return found;
};

/**
 * Takes a connection in, unless its user has as many as a user may have. Before it is refused, it is looked whether some of
 * these are gone: the gateway does not always tell.
 *
 * @param most - connections of one user.
 * @returns `taken` where a connection of another user has this id; `too-many` where the user has no room. Nothing is left of
 *   one that is refused.
 * @throws DependencyAway where Redis is away.
 */
export const connect = async (
  world: World,
  caller: Caller,
  most: number,
): Promise<'taken' | 'too-many' | undefined> => {
  const { directory, meter } = world;
  const opened = await directory.open(caller, most);
  if (opened !== 'too-many') return opened;
  const again = (await clearAway(world, caller.user)) ? await directory.open(caller, most) : opened;
  if (again !== 'too-many') return again;
  await directory.close(caller.id, 'refused');
  meter.count('connections_refused', {});
  return again;
};
