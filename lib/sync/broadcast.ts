import { randomUUID } from 'node:crypto';
import type { Broadcast } from '../ports/broadcast.ts';
import type { Caller } from '../ports/connection.ts';
import type { History } from '../ports/history.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { mayPublish } from '../protocol/grants.ts';
import { judged } from '../protocol/judge.ts';
import type { AckMessage, BroadcastRequest } from '../protocol/messages/broadcast.ts';
import { isReserved } from '../protocol/reserved.ts';
import type { Outcome, PublishWorld } from './publish-in-order.ts';
import { publishNumbered } from './publish-numbered.ts';
import { Untaken } from './untaken.ts';

/**
 * What a client broadcasts, as it goes on its way: everything the fan-out asks of it is asked here, before it is acked.
 *
 * @param messageSize - bytes that `data` may have.
 * @throws ProtocolError INVALID_CHANNEL, FORBIDDEN, INVALID_MESSAGE, MESSAGE_TOO_LARGE
 */
export const acceptedOf = (caller: Caller, message: BroadcastRequest, messageSize: number): Broadcast => {
  const accepted = judged(message, messageSize);
  if (isReserved(accepted.channel.text)) {
    throw new ProtocolError(
      'FORBIDDEN',
      `${JSON.stringify(accepted.channel.text)} is the service’s own, as all that begin with $`,
    );
  }
  if (!mayPublish(caller.session.grants, accepted.channel)) {
    throw new ProtocolError('FORBIDDEN', `No grant lets you publish to ${JSON.stringify(accepted.channel.text)}`);
  }
  const { id = randomUUID(), sequence } = message;
  if (sequence === undefined) return { id, ...accepted, userId: caller.user };
  const { publisher, number } = sequence;
  return { id, ...accepted, userId: caller.user, sequence: { publisher, number } };
};

interface World extends PublishWorld {
  readonly history: Pick<History, 'remembered'>;
  readonly limits: { readonly messageSize: number };
}

/**
 * The acknowledgement of a broadcast.
 *
 * @throws Untaken where it has none; ProtocolError SEQUENCE_UNKNOWN or SEQUENCE_USED where it is refused for its sequence.
 */
export const ackOf = (message: BroadcastRequest, { id }: Broadcast, outcome: Outcome): AckMessage => {
  if (!outcome.isTaken) throw outcome.error instanceof ProtocolError ? outcome.error : new Untaken([id], outcome.error);
  return { type: 'ack', requestId: message.requestId, id };
};

/**
 * Publishes what a client broadcasts. It is delivered by the fan-out alone, to this client too where it listens.
 *
 * @returns the acknowledgement, once the broker has the broadcast safe.
 * @throws ProtocolError INVALID_CHANNEL, FORBIDDEN, INVALID_MESSAGE, MESSAGE_TOO_LARGE, SEQUENCE_UNKNOWN, SEQUENCE_USED
 * @throws Untaken where it is not known to be taken; sending it again with the same `id` is safe.
 */
export const broadcast = async (world: World, caller: Caller, message: BroadcastRequest): Promise<AckMessage> => {
  const accepted = acceptedOf(caller, message, world.limits.messageSize);
  const [outcome] = await publishNumbered(world, [{ message, accepted }]);
  return ackOf(message, accepted, outcome as Outcome);
};
