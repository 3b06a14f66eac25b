import type { Connection } from '../ports/connection.ts';
import type { Connections } from '../ports/connections.ts';
import { DependencyAway } from '../ports/dependency.ts';
import type { Gateway } from '../ports/gateway.ts';

interface World {
  readonly gateway: Pick<Gateway, 'close'>;
  readonly connections: Pick<Connections, 'because' | 'close' | 'leave'>;
}

/**
 * Closes a connection that does not take its frames, and removes what is held for it, so that nothing more is posted to
 * it. A socket that cannot be closed now keeps nobody waiting: it is left to the sweeper.
 *
 * @throws DependencyAway where the record could not be removed.
 */
export const closeStuck = async ({ gateway, connections }: World, connection: Connection): Promise<void> => {
  await connections.because(connection.id, 'stuck');
  try {
    await gateway.close(connection);
  } catch (error) {
    if (!(error instanceof DependencyAway)) throw error;
    await connections.leave(connection, 'stuck');
    return;
  }
  await connections.close(connection.id, 'stuck');
};
