import { randomUUID } from 'node:crypto';
import type { Broadcast as Accepted } from '../ports/broadcast.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Caller } from '../ports/connection.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { mayPublish } from '../protocol/grants.ts';
import { type Judged, judged } from '../protocol/judge.ts';
import type { AckMessage, Broadcast } from '../protocol/messages/broadcast.ts';
import { fits } from '../protocol/utf8.ts';
import { type Outcome, publishInOrder } from './publish-in-order.ts';
import { Untaken } from './untaken.ts';

/**
 * A broadcast is stored once for each user whom it names. The copies beside the first have as many bytes as one message may,
 * unless its publisher is a back-end whose token says that it is.
 */
const judgeCopies = ({ session }: Caller, { targetUsers = [], data }: Judged, messageSize: number): void => {
  const copies = targetUsers.length - 1;
  if (copies < 1 || session.backEnd === true || fits(data, Math.floor(messageSize / copies))) return;
  throw new ProtocolError(
    'MESSAGE_TOO_LARGE',
    `targetUsers: the data, once for each user beside the first, may have ${messageSize} bytes`,
  );
};

/**
 * What a client broadcasts, as it goes on its way: everything the fan-out asks of it is asked here, before it is acked.
 *
 * @param messageSize - bytes that `data` may have, and that its copies may have together.
 * @throws ProtocolError INVALID_CHANNEL, FORBIDDEN, INVALID_MESSAGE, MESSAGE_TOO_LARGE
 */
export const acceptedOf = (caller: Caller, message: Broadcast, messageSize: number): Accepted => {
  const accepted = judged(message, messageSize);
  if (!mayPublish(caller.session.grants, accepted.channel)) {
    throw new ProtocolError('FORBIDDEN', `No grant lets you publish to ${JSON.stringify(accepted.channel.text)}`);
  }
  judgeCopies(caller, accepted, messageSize);
  return { id: message.id ?? randomUUID(), ...accepted, userId: caller.user };
};

interface World {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limits: { readonly messageSize: number };
}

/**
 * The acknowledgement of a broadcast.
 *
 * @throws Untaken where it has none.
 */
export const ackOf = (message: Broadcast, { id }: Accepted, outcome: Outcome): AckMessage => {
  if (!outcome.isTaken) throw new Untaken([id], outcome.error);
  return { type: 'ack', requestId: message.requestId, id };
};

/**
 * Publishes what a client broadcasts. It is delivered by the fan-out alone, to this client too where it listens.
 *
 * @returns the acknowledgement, once the broker has the broadcast safe.
 * @throws ProtocolError INVALID_CHANNEL, FORBIDDEN, INVALID_MESSAGE, MESSAGE_TOO_LARGE
 * @throws Untaken where it is not known to be taken; sending it again with the same `id` is safe.
 */
export const broadcast = async (world: World, caller: Caller, message: Broadcast): Promise<AckMessage> => {
  const accepted = acceptedOf(caller, message, world.limits.messageSize);
  const [outcome] = await publishInOrder(world, [accepted]);
  return ackOf(message, accepted, outcome as Outcome);
};
