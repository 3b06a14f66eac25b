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

/** What became of a connection: closed; told, but not closed; or not told, since the gateway could not be reached. */
type Dismissed = 'closed' | 'unclosed' | 'untold';

/**
 * Tells a client why, and closes its connection. The gateway then says that it has ended, or whoever posts to it next
 * finds out.
 *
 * @param message - its last.
 */
export const dismiss = async (
  { gateway, encoder, onFailure }: World,
  connection: Connection,
  message: Said,
): Promise<Dismissed> => {
  try {
    const patience = patienceOf(PATIENCE);
    // What it declared may have been changed since: it is told in what everyone takes.
    for (const frame of encoder.frames(message, NO_CAPABILITIES)) {
      if ((await gateway.post(connection, new TextEncoder().encode(frame), patience)) === 'gone') return 'closed';
    }
  } catch (error) {
    onFailure(error);
    return 'untold';
  }
  try {
    await gateway.close(connection);
    return 'closed';
  } catch (error) {
    onFailure(error);
    return 'unclosed';
  }
};
