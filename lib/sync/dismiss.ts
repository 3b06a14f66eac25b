import type { Connection } from '../ports/connection.ts';
import { type Gateway, patienceOf } from '../ports/gateway.ts';
import { NO_CAPABILITIES } from '../protocol/capabilities.ts';
import type { Encoder, Said } from '../protocol/codec/encoder.ts';

/** Milliseconds the last word may take. */
const PATIENCE = 2_000;

interface World {
  readonly gateway: Gateway;
  readonly encoder: Encoder;
  /** Told of a gateway that could not be reached. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Tells a client why, and closes its connection. The gateway then says that it has ended, or whoever posts to it next
 * finds out.
 *
 * @param message - its last.
 * @returns whether the gateway could be told.
 */
export const dismiss = async (
  { gateway, encoder, onFailure }: World,
  connection: Connection,
  message: Said,
): Promise<boolean> => {
  try {
    const patience = patienceOf(PATIENCE);
    // What it declared may have been changed since: it is told in what everyone takes.
    for (const frame of encoder.frames(message, NO_CAPABILITIES)) {
      if ((await gateway.post(connection, new TextEncoder().encode(frame), patience)) === 'gone') return true;
    }
    await gateway.close(connection);
    return true;
  } catch (error) {
    onFailure(error);
    return false;
  }
};
