import { type Channel, categoryOf } from './channel.ts';
import { JsonText } from './codec/json-text.ts';
import { nestsDeeper } from './codec/member-text.ts';
import { ProtocolError } from './errors.ts';
import { MAX_NESTING } from './limits.ts';
import type { BroadcastRequest } from './messages/broadcast.ts';
import { channelOf } from './names.ts';
import { isPriority, type Priority } from './priority.ts';
import { traceparentOf } from './traceparent.ts';
import { fits } from './utf8.ts';

/** A broadcast with nothing left open. */
export interface Judged {
  readonly channel: Channel;
  readonly category: string;
  readonly priority: Priority;
  /** JSON, as its publisher wrote it. */
  readonly data: string;
  readonly targetUsers?: readonly string[];
  /** Valid, and of the version that is known. */
  readonly traceparent?: string;
}

const priorityOf = ({ priority, data }: BroadcastRequest): Priority => {
  if (priority !== undefined) return priority;
  const value = data instanceof JsonText ? data.value : data;
  const own = typeof value === 'object' && value !== null && 'priority' in value ? value.priority : undefined;
  return isPriority(own) ? own : 'normal';
};

/**
 * Judges a broadcast whose fields were checked, whichever way it came: what a door takes before it is acked and what the
 * fan-out takes of a queue is judged here, so that nothing is acked and then refused.
 *
 * @param messageSize - bytes that `data` may have, as it was written.
 * @throws ProtocolError INVALID_CHANNEL, INVALID_MESSAGE, MESSAGE_TOO_LARGE
 */
export const judged = (message: BroadcastRequest, messageSize: number): Judged => {
  const channel = channelOf(message.channel);
  const data = message.data instanceof JsonText ? message.data.text : JSON.stringify(message.data);
  if (!fits(data, messageSize)) {
    throw new ProtocolError('MESSAGE_TOO_LARGE', `data: it may have ${messageSize} bytes`);
  }
  if (nestsDeeper(data, MAX_NESTING)) {
    throw new ProtocolError('INVALID_MESSAGE', `data: expected brackets within brackets ${MAX_NESTING} times at most`);
  }
  const traceparent = traceparentOf(message.traceparent);
  return {
    channel,
    category: message.category ?? categoryOf(channel),
    priority: priorityOf(message),
    data,
    ...(message.targetUsers === undefined ? {} : { targetUsers: message.targetUsers }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
};
