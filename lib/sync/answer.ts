import type { Connection } from '../ports/connection.ts';
import { type Gateway, patienceOf } from '../ports/gateway.ts';
import type { Encoder } from '../protocol/codec/encoder.ts';
import type { Reply } from './receive.ts';

/** Milliseconds its client may keep an answer waiting, over all its frames. */
const PATIENCE = 5_000;

/** The frames of an answer, as its client takes them; each is made when it is asked for. */
export function* framesOf(encoder: Encoder, { messages, capabilities }: Reply): Generator<string> {
  for (const message of messages) yield* encoder.frames(message, capabilities);
}

function* behind<T>(first: readonly T[], rest: Iterable<T>): Generator<T> {
  yield* first;
  yield* rest;
}

/** Others have their turn between two frames: the next is not made before the one before it was taken. */
const post = async (gateway: Gateway, connection: Connection, frames: Iterable<string>): Promise<void> => {
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
  const [first, second] = [frames.next(), frames.next()];
  if (first.done === true) return undefined;
  if (second.done === true) return first.value;
  await post(gateway, connection, behind([first.value, second.value], frames));
  return undefined;
};
