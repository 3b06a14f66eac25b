import type { Connection } from '../ports/connection.ts';
import type { Gateway } from '../ports/gateway.ts';

/** Milliseconds the last word may take. */
const PATIENCE = 2_000;

interface World {
  readonly gateway: Gateway;
  /** Told of a gateway that could not be reached. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Tells a client why, and closes its connection. The gateway then says that it has ended, or whoever posts to it next
 * finds out.
 *
 * @param text - the last frame.
 * @returns whether the gateway could be told.
 */
export const dismiss = async (
  { gateway, onFailure }: World,
  connection: Connection,
  text: string,
): Promise<boolean> => {
  try {
    const posted = await gateway.post(connection, new TextEncoder().encode(text), PATIENCE);
    if (posted !== 'gone') await gateway.close(connection);
    return true;
  } catch (error) {
    onFailure(error);
    return false;
  }
};
