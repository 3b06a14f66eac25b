import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import type { Broadcast } from '../ports/broadcast.ts';
import type { Greeted } from '../ports/connection.ts';
import type { Incoming } from '../ports/incoming.ts';
import { parseCapabilities } from '../protocol/capabilities.ts';
import { categoryOf, parseChannel } from '../protocol/channel.ts';
import { broadcastOf } from '../protocol/codec/decode.ts';
import { A_NAME } from '../protocol/codec/expected.ts';
import { JsonText } from '../protocol/codec/json-text.ts';
import { refuseSlips } from '../protocol/codec/slips.ts';
import { isIdentifier } from '../protocol/identifier.ts';
import { judged } from '../protocol/judge.ts';
import { isReserved } from '../protocol/reserved.ts';
import { BACK_END } from './back-end.ts';
import type { Delivery } from './lambda-event.ts';
import { splitList } from './listed.ts';
import { sequenceOf } from './sequence.ts';
import { traceOf } from './trace.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Headers that say of a message what the fields of a broadcast do. */
const FIELDS = ['channel', 'category', 'priority', 'targetUsers', 'traceparent'];

/** All headers that are read here. */
const HEADERS: ReadonlySet<string> = new Set([
  ...FIELDS,
  ...['publishedAt', 'correlationId', 'longId', 'userId', 'targetUsersBytes', 'sequence'],
]);

const isOwnCategory = ({ channel, category }: Delivery['headers']): boolean => {
  if (typeof channel !== 'string' || category === undefined) return false;
  try {
    return categoryOf(parseChannel(channel)) === category;
  } catch {
    return false;
  }
};

/** The fields of a broadcast as the doors check them. */
const fieldsOf = (raw: Delivery['headers'], data: JsonText): ReturnType<typeof broadcastOf> => {
  refuseSlips(Object.keys(raw), HEADERS, 'header ');
  const given = Object.fromEntries(FIELDS.flatMap((name) => (name in raw ? [[name, raw[name]]] : [])));
  // The first segment of the channel may be longer than a category that somebody chooses.
  if (isOwnCategory(raw)) delete given['category'];
  return broadcastOf(given, data, 'header ');
};

/** Whether it came out of an exchange of what was appended: to take it would send it round for ever. */
const isAnnounced = ({ type, epoch, offset, from }: Delivery['headers']): boolean =>
  (type === 'event' && epoch !== undefined && offset !== undefined) ||
  (type === 'gap' && epoch !== undefined && from !== undefined);

/** Whether the service published it. The broker takes the name of a user from nobody else, and back-ends have one of theirs. */
const isOwn = ({ publisher }: Delivery): boolean => publisher !== undefined && publisher !== BACK_END;

const decode = (delivery: Delivery, maxBytes: number): Broadcast => {
  const { messageId, headers: raw, body } = delivery;
  const { longId, userId, targetUsersBytes, sequence } = raw;
  if (isAnnounced(raw)) throw new Error('it came out of `appended`, whose events were published before');
  const { users, data } = splitList(body, targetUsersBytes);
  if (data.length > maxBytes) throw new Error(`the body has ${data.length} bytes; at most ${maxBytes} are taken`);
  if (messageId !== undefined && !isIdentifier(messageId)) {
    throw new Error(`message_id: expected ${A_NAME}`);
  }
  if (longId !== undefined && !isIdentifier(longId)) throw new Error(`header longId: expected ${A_NAME}`);
  if (userId !== undefined && !isIdentifier(userId)) throw new Error(`header userId: expected ${A_NAME}`);
  const text = UTF8.decode(data);
  const listed = users === undefined ? raw : { ...raw, targetUsers: users };
  const accepted = judged(fieldsOf(listed, new JsonText(text, JSON.parse(text))), maxBytes);
  if (isReserved(accepted.channel.text) && !isOwn(delivery)) {
    throw new Error('header channel: those that begin with $ are the service’s own');
  }
  if (sequence !== undefined && !isOwn(delivery)) {
    throw new Error('header sequence: it is the service’s own; name the message by its message_id');
  }
  return {
    // An id that is too long for the property comes in a header; foreign publishers have no need of it.
    id: messageId ?? longId ?? randomUUID(),
    ...accepted,
    ...(userId === undefined ? {} : { userId }),
    ...(sequence === undefined ? {} : { sequence: sequenceOf(sequence) }),
  };
};

/** By the door’s clock; of a foreign publisher by its own, where it says so. */
const publishedOf = (delivery: Delivery): Pick<Broadcast, 'published'> => {
  const published = traceOf(delivery).publishedAt ?? delivery.timestamp;
  return published === undefined ? {} : { published };
};

/**
 * Reads a message from a shard queue, whoever published it.
 *
 * @param maxBytes - bytes of the largest body taken.
 * @returns the broadcast; or the message as poison, with the reason why it can never be one.
 */
export const incomingOf = (delivery: Delivery, maxBytes: number): Incoming => {
  const { queue, messageId, headers, body } = delivery;
  const arrived = { body, headers, messageId, queue };
  try {
    return { broadcast: { ...decode(delivery, maxBytes), ...publishedOf(delivery) }, arrived };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { poison: { reason, ...arrived } };
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
