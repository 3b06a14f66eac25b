import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import type { Broadcast } from '../ports/broadcast.ts';
import type { Greeted } from '../ports/connection.ts';
import type { Incoming } from '../ports/incoming.ts';
import { parseCapabilities } from '../protocol/capabilities.ts';
import { categoryOf, parseChannel } from '../protocol/channel.ts';
import { identifier, isIdentifier } from '../protocol/identifier.ts';
import { MAX_IDENTIFIER_LENGTH } from '../protocol/limits.ts';
import { isPriority, PRIORITIES, type Priority } from '../protocol/priority.ts';
import type { Delivery } from './lambda-event.ts';

// The header `channel` is looked at by the channel grammar, which says more about what is wrong.
const headers = v.object({
  // An id that is too long for the property; foreign publishers have no need of it.
  longId: v.optional(identifier),
  channel: v.string('the header "channel" with a text'),
  // The first segment of the channel may be longer than a category that somebody chooses.
  category: v.optional(v.string('a text')),
  priority: v.optional(v.picklist(PRIORITIES, `one of ${PRIORITIES.join(', ')}`)),
  userId: v.optional(identifier),
  targetUsers: v.optional(v.pipe(v.array(identifier), v.minLength(1, 'at least one user'))),
});

const UTF8 = new TextDecoder('utf-8', { fatal: true });

const ownPriority = (data: unknown): Priority => {
  const priority = typeof data === 'object' && data !== null && 'priority' in data ? data.priority : undefined;
  return isPriority(priority) ? priority : 'normal';
};

const decode = ({ messageId, headers: raw, body }: Delivery, maxBytes: number): Broadcast => {
  if (body.length > maxBytes) throw new Error(`the body has ${body.length} bytes; at most ${maxBytes} are taken`);
  const parsed = v.safeParse(headers, raw);
  if (!parsed.success) {
    throw new Error(
      parsed.issues.map((issue) => `header ${v.getDotPath(issue)}: expected ${issue.message}`).join('; '),
    );
  }
  if (messageId !== undefined && !isIdentifier(messageId)) {
    throw new Error('message_id is not 1 to 128 printable characters');
  }
  const { longId, category, priority, userId, targetUsers } = parsed.output;
  const channel = parseChannel(parsed.output.channel);
  if (category !== undefined && category !== categoryOf(channel) && !isIdentifier(category)) {
    throw new Error(`header category: expected 1 to ${MAX_IDENTIFIER_LENGTH} printable characters`);
  }
  const data = UTF8.decode(body);
  const value: unknown = JSON.parse(data);
  return {
    id: messageId ?? longId ?? randomUUID(),
    channel,
    category: category ?? categoryOf(channel),
    priority: priority ?? ownPriority(value),
    data,
    ...(userId === undefined ? {} : { userId }),
    ...(targetUsers === undefined ? {} : { targetUsers }),
  };
};

/**
 * Reads a message from a shard queue, whoever published it.
 *
 * @param maxBytes - bytes of the largest body taken.
 * @returns the broadcast; or the message as poison, with the reason why it can never be one.
 */
export const incomingOf = (delivery: Delivery, maxBytes: number): Incoming => {
  const { redelivered, queue, messageId, headers, body } = delivery;
  const arrived = { body, headers, messageId, queue };
  try {
    return { redelivered, broadcast: decode(delivery, maxBytes), arrived };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { redelivered, poison: { reason, ...arrived } };
  }
};

const connection = v.object({
  id: v.string(),
  user: v.string(),
  endpoint: v.string(),
  capabilities: v.pipe(
    v.string(),
    v.transform((text) => parseCapabilities(text)),
  ),
  // A version before this one did not write it.
  expires: v.optional(v.nullable(v.number()), null),
});

/** Reads a request for a `connection` message; undefined for anything else, which only a foreign publisher can send. */
export const welcomeOf = ({ body }: Delivery): Greeted | undefined => {
  try {
    return v.parse(connection, JSON.parse(UTF8.decode(body)));
  } catch {
    return undefined;
  }
};
