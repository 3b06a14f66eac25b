import type { Connection } from '../ports/connection.ts';
import { type Gateway, patienceOf } from '../ports/gateway.ts';
import type { Encoder } from '../protocol/codec/encoder.ts';
import type { Reply } from './receive.ts';

/** Milliseconds its client may keep an answer waiting, over all its frames. */
const PATIENCE = 5_000;

/** The frames of an answer, as its client takes them. */
export const framesOf = (encoder: Encoder, { messages, capabilities }: Reply): readonly string[] =>
  messages.flatMap((message) => encoder.frames(message, capabilities));

const post = async (gateway: Gateway, connection: Connection, frames: readonly string[]): Promise<void> => {
  const patience = patienceOf(PATIENCE);
  for (const frame of frames) {
    // Whoever is gone or stuck asks again when it is back.
    if ((await gateway.post(connection, new TextEncoder().encode(frame), patience)) !== 'taken') break;
  }
};

interface World {
  readonly gateway: Gateway;
  readonly encoder: Encoder;
}

/**
 * Posts an answer, each of its frames after the one before it.
 *
 * @throws DependencyAway
 */
export const postAnswer = async ({ gateway, encoder }: World, connection: Connection, reply: Reply): Promise<void> =>
  post(gateway, connection, framesOf(encoder, reply));

/**
 * Sends an answer. A single frame is left to the gateway, which sends what a function returns; several are posted, since
 * only one can be returned.
 *
 * @returns the frame to return, if any.
 * @throws DependencyAway
 */
export const sendAnswer = async (
  { gateway, encoder }: World,
  connection: Connection,
  reply: Reply,
): Promise<string | undefined> => {
  const frames = framesOf(encoder, reply);
  if (frames.length === 1) return frames[0];
  await post(gateway, connection, frames);
  return undefined;
};
