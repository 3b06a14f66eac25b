import type { Connection } from '../ports/connection.ts';
import { DependencyAway } from '../ports/dependency.ts';
import type { Directory } from '../ports/directory.ts';
import type { Gateway } from '../ports/gateway.ts';

interface World {
  readonly gateway: Pick<Gateway, 'close'>;
  readonly directory: Pick<Directory, 'because' | 'close' | 'leave'>;
}

/**
 * Closes a connection that does not take its frames, and removes what is held for it, so that nothing more is posted to
 * it. A socket that cannot be closed now keeps nobody waiting: it is left to the sweeper.
 *
 * @throws DependencyAway where the record could not be removed.
 */
export const closeStuck = async ({ gateway, directory }: World, connection: Connection): Promise<void> => {
  await directory.because(connection.id, 'stuck');
  try {
    await gateway.close(connection);
  } catch (error) {
    if (!(error instanceof DependencyAway)) throw error;
    await directory.leave(connection, 'stuck');
    return;
  }
  await directory.close(connection.id, 'stuck');
};
