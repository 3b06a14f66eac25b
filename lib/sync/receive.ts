import { type Bus, type Clock, type Connection, type Connections, DependencyAway } from '../ports.ts';
import { type ClientMessage, type Frame, parseFrame } from '../protocol/client-messages.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { encodeMessage } from '../protocol/frame.ts';
import { errorMessage } from '../protocol/server-messages.ts';
import { broadcast } from './broadcast.ts';
import { ping } from './ping.ts';
import { type ReplayWorld, replay } from './replay/replay.ts';
import { subscribe } from './subscribe.ts';
import { unsubscribe } from './unsubscribe.ts';

/** What the messages of clients work with. */
export interface ReceiveWorld extends ReplayWorld {
  readonly bus: Bus;
  readonly connections: Connections;
  readonly clock: Clock;
  readonly limits: {
    /** Bytes of one message. */
    readonly messageSize: number;
    /** Channels and patterns one connection may hold. */
    readonly subscriptions: number;
  };
  /** Told of failures whose cause the client is not told. */
  readonly onFailure: (error: unknown) => void;
}

/** Milliseconds after which a client may try again what a missing dependency refused. */
const RETRY_AFTER = 1_000;

const answerTo = async (
  world: ReceiveWorld,
  connection: Connection,
  message: ClientMessage,
): Promise<readonly string[]> => {
  switch (message.type) {
    case 'subscribe':
      return subscribe(world, connection, message);
    case 'unsubscribe':
      return [encodeMessage(await unsubscribe(world, connection, message))];
    case 'broadcast':
      return [encodeMessage(await broadcast(world, connection, message))];
    case 'ping':
      return [encodeMessage(await ping(world, connection, message))];
    case 'replay':
      return replay(world, connection, message);
    case 'compression':
    case 'auth':
      throw new ProtocolError('NOT_AVAILABLE', `${message.type} is not available from this service`);
  }
};

const refusalOf = (error: unknown, onFailure: (error: unknown) => void): ProtocolError => {
  if (error instanceof ProtocolError) return error;
  onFailure(error);
  return error instanceof DependencyAway
    ? new ProtocolError('UNAVAILABLE', 'The service cannot do this now; try again', { retryAfter: RETRY_AFTER })
    : new ProtocolError('INTERNAL', 'The service failed to do this');
};

/**
 * Takes one frame of a client and answers it. Whatever the frame holds, there is an answer, and the connection survives.
 *
 * @param body - the frame; anything but a text is a binary frame.
 * @returns the answer, as the texts of one frame or several.
 */
export const receive = async (
  world: ReceiveWorld,
  connection: Connection,
  body: unknown,
): Promise<readonly string[]> => {
  let frame: Frame | undefined;
  try {
    if (typeof body !== 'string') throw new ProtocolError('BINARY_NOT_SUPPORTED', 'Send text frames');
    if (Buffer.byteLength(body) > world.limits.messageSize) {
      throw new ProtocolError('MESSAGE_TOO_LARGE', `A message may have ${world.limits.messageSize} bytes`);
    }
    frame = parseFrame(body);
    return await answerTo(world, connection, frame.message());
  } catch (error) {
    return [encodeMessage(errorMessage(refusalOf(error, world.onFailure), frame?.requestId))];
  }
};
