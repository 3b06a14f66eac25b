import { randomUUID } from 'node:crypto';
import type { Broadcast as Accepted } from '../ports/broadcast.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Caller } from '../ports/connection.ts';
import { categoryOf } from '../protocol/channel.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { mayPublish } from '../protocol/grants.ts';
import type { AckMessage, Broadcast } from '../protocol/messages/broadcast.ts';
import { channelOf } from '../protocol/names.ts';
import { isPriority } from '../protocol/priority.ts';
import { type Outcome, publishInOrder } from './publish-in-order.ts';
import { Untaken } from './untaken.ts';

const priorityOf = ({ priority, data }: Broadcast) => {
  if (priority !== undefined) return priority;
  const own = typeof data === 'object' && data !== null && 'priority' in data ? data.priority : undefined;
  return isPriority(own) ? own : 'normal';
};

/** @throws ProtocolError where brackets stand in brackets so often that it cannot be written again. */
const textOf = (data: unknown): string => {
  try {
    return JSON.stringify(data);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ProtocolError('INVALID_MESSAGE', 'data: nested too deeply');
  }
};

/**
 * What a client broadcasts, as it goes on its way: everything the fan-out asks of it is asked here, before it is acked.
 *
 * @param messageSize - bytes that `data` may have; written again it may have more than it came with, as `1e20` does.
 * @throws ProtocolError INVALID_CHANNEL, FORBIDDEN, INVALID_MESSAGE, MESSAGE_TOO_LARGE
 */
export const acceptedOf = (caller: Caller, message: Broadcast, messageSize: number): Accepted => {
  const channel = channelOf(message.channel);
  if (!mayPublish(caller.session.grants, channel)) {
    throw new ProtocolError('FORBIDDEN', `No grant lets you publish to ${JSON.stringify(channel.text)}`);
  }
  const data = textOf(message.data);
  if (Buffer.byteLength(data) > messageSize) {
    throw new ProtocolError('MESSAGE_TOO_LARGE', `data: written out, it may have ${messageSize} bytes`);
  }
  return {
    id: message.id ?? randomUUID(),
    channel,
    category: message.category ?? categoryOf(channel),
    priority: priorityOf(message),
    data,
    userId: caller.user,
    ...(message.targetUsers === undefined ? {} : { targetUsers: message.targetUsers }),
  };
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
