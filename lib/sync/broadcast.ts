import { randomUUID } from 'node:crypto';
import type { Bus } from '../ports/bus.ts';
import type { Caller } from '../ports/connection.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { mayPublish } from '../protocol/grants.ts';
import type { AckMessage, Broadcast } from '../protocol/messages/broadcast.ts';
import { channelOf } from '../protocol/names.ts';
import { isPriority } from '../protocol/priority.ts';

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
 * Publishes what a client broadcasts. It is delivered by the fan-out alone, to this client too where it listens.
 *
 * @returns the acknowledgement, once the broker has the broadcast safe.
 * @throws ProtocolError INVALID_CHANNEL, FORBIDDEN, INVALID_MESSAGE
 * @throws DependencyAway where the outcome is unknown; sending it again with the same `id` is safe.
 */
export const broadcast = async (
  { bus }: { readonly bus: Bus },
  caller: Caller,
  message: Broadcast,
): Promise<AckMessage> => {
  const channel = channelOf(message.channel);
  if (!mayPublish(caller.session.grants, channel)) {
    throw new ProtocolError('FORBIDDEN', `No grant lets you publish to ${JSON.stringify(channel.text)}`);
  }
  const id = message.id ?? randomUUID();
  await bus.publish({
    id,
    channel,
    category: message.category ?? (channel.segments[0] as string),
    priority: priorityOf(message),
    data: textOf(message.data),
    userId: caller.user,
    ...(message.targetUsers === undefined ? {} : { targetUsers: message.targetUsers }),
  });
  return { type: 'ack', requestId: message.requestId, id };
};
