/**
 * Every message of the protocol, by its sender and type. The types of messages, what is checked of them, the dispatcher,
 * their schemas and their documentation follow from it.
 */

import { auth, authenticated } from './auth.ts';
import { ack, broadcast } from './broadcast.ts';
import { compression, compressionSet } from './compression.ts';
import { connection, reconnect } from './connection.ts';
import { error } from './error.ts';
import { event } from './event.ts';
import type { Flat } from './fields.ts';
import type { Message, Writing } from './message.ts';
import { ping, pong } from './ping.ts';
import { replay, replayed } from './replay.ts';
import { state, subscribe, subscribed, unsubscribe, unsubscribed } from './subscribe.ts';
import { batch, chunk, compressed } from './wrapping.ts';

/** What a client asks for. */
export const REQUESTS = { subscribe, unsubscribe, broadcast, ping, replay, auth, compression };

/** What both sides put messages into. */
export const WRAPPINGS = { batch, chunk, compressed };

/** What the service says. */
export const FROM_SERVICE = {
  connection,
  reconnect,
  event,
  subscribed,
  state,
  replay: replayed,
  unsubscribed,
  ack,
  pong,
  authenticated,
  compression: compressionSet,
  error,
};

type Requests = typeof REQUESTS;
type FromService = typeof FROM_SERVICE;

/** What a client asks for, by its type. */
export type RequestType = keyof Requests;

/** A request as the service reads it: its fields are checked, but for the grammar of channels and patterns. */
export type RequestOf<T extends RequestType> = Message<Requests[T]>;
type Request = { [T in RequestType]: RequestOf<T> }[RequestType];

/** A request as a client writes it, but for its `requestId`. */
export type RequestWriting<T extends RequestType = RequestType> = {
  [K in RequestType]: Flat<Omit<Writing<Requests[K]>, 'requestId'>>;
}[T];

/** A message from a client, as the service reads it. */
export type ClientMessage = Request | Message<typeof chunk> | Message<typeof compressed>;

/** What the service says, by its type. */
export type ServerMessageOf<T extends keyof FromService> = Message<FromService[T]>;

/** What the service says, once batches, chunks and compression are undone. */
export type ServerMessage = { [T in keyof FromService]: ServerMessageOf<T> }[keyof FromService];

/** Types of the messages that answer a request, where it is not refused. */
export type AnswerType<T extends RequestType = RequestType> = Requests[T]['answers'][number];

/** What answers requests. */
export type Answer = ServerMessageOf<AnswerType | 'error'>;
