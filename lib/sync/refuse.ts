import type { Connection, Gateway } from '../ports.ts';
import { parseFrame } from '../protocol/client-messages.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { encodeMessage } from '../protocol/frame.ts';
import { errorMessage } from '../protocol/server-messages.ts';

const PATIENCE = 2_000;

/**
 * Answers a client that sent a message whose `type` is the name of one of the gateway’s own routes, `$connect` or
 * `$disconnect`. Such a frame reaches the handler of that route, from which nothing is sent back but by a post.
 */
export const refuseReservedType = async (gateway: Gateway, connection: Connection, body: unknown): Promise<void> => {
  const requestId = typeof body === 'string' ? parseFrame(body).requestId : undefined;
  const error = new ProtocolError('UNKNOWN_TYPE', 'No client may send a message of a type that begins with "$"');
  await gateway.post(connection, new TextEncoder().encode(encodeMessage(errorMessage(error, requestId))), PATIENCE);
};
