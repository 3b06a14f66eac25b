import type { Connection } from '../ports/connection.ts';
import type { Gateway } from '../ports/gateway.ts';

/** Milliseconds one frame of an answer may take. */
const PATIENCE = 5_000;

/**
 * Posts the frames of an answer, each after the one before it.
 *
 * @throws DependencyAway
 */
export const postAnswer = async (
  gateway: Gateway,
  connection: Connection,
  frames: readonly string[],
): Promise<void> => {
  for (const frame of frames) {
    // Whoever is gone or stuck asks again when it is back.
    if ((await gateway.post(connection, new TextEncoder().encode(frame), PATIENCE)) !== 'taken') break;
  }
};

/**
 * Sends the frames of an answer. A single one is left to the gateway, which sends what a function returns; several are
 * posted, since only one can be returned.
 *
 * @returns the frame to return, if any.
 * @throws DependencyAway
 */
export const sendAnswer = async (
  gateway: Gateway,
  connection: Connection,
  frames: readonly string[],
): Promise<string | undefined> => {
  if (frames.length === 1) return frames[0];
  await postAnswer(gateway, connection, frames);
  return undefined;
};
