import { flag, identifier, instant, nullable, object, optional, required, text, whole } from './fields.ts';
import { type Message, notice } from './message.ts';

/** Sent once, as soon as the connection can be posted to. */
export const connection = notice(
  'connection',
  { doc: 'Greets the client, once it can be sent to; other messages may come before it.' },
  {
    protocol: required(whole(), 'The version of the protocol'),
    connectionId: required(text(), 'The name of this connection'),
    userId: required(identifier, 'The user whom the service takes the client for'),
    timestamp: required(instant, 'The service’s clock'),
    expires: required(nullable(instant), 'When the session ends, by the same clock; null for never'),
    server: required(
      object({
        features: required(
          object({
            batch: required(flag, 'Several broadcasts may come in one frame'),
            compression: required(flag, 'Frames may be compressed, both ways'),
            patterns: required(flag, 'Patterns can be subscribed to'),
            replay: required(flag, 'Events are kept, and can be replayed'),
            history: optional(flag, 'They can be read backwards as well; absent in versions that cannot'),
            rateLimit: required(flag, 'Messages are counted against limits'),
            messageQueue: required(flag, 'Broadcasts go through a queue'),
            sequences: required(flag, 'Broadcasts may have a sequence'),
          }),
          'What is built and switched on',
        ),
      }),
      'What the service can do',
    ),
    limits: required(
      object({
        messageSize: required(whole(), 'Bytes of one message, at most'),
        heartbeatInterval: required(whole(), 'Milliseconds between a client’s pings, at most'),
        subscriptions: required(whole(), 'Channels and patterns one connection may be subscribed to'),
        batch: required(whole(), 'Messages one batch may hold'),
        replay: required(whole(), 'Events of one answer to a replay, at most'),
        rate: optional(
          object({
            duration: required(whole(), 'Milliseconds in which messages are counted together'),
            connection: required(whole(), 'Messages of one connection'),
            user: required(whole(), 'Messages of all connections of one user'),
            backend: required(whole(), 'Messages of a back-end, which publishes over HTTP or says so in its token'),
            global: required(whole(), 'Messages of everyone'),
          }),
          'Messages that are taken in one duration, where they are counted',
        ),
      }),
      'How much of it is allowed',
    ),
  },
);
export type ConnectionMessage = Message<typeof connection>;

/** The connection is about to be closed in order, by a service that goes down. What is sent after it is not taken. */
export const reconnect = notice(
  'reconnect',
  {
    doc: 'Says that the service goes down in order and will close the connection; what is sent after this is not taken.',
  },
  { after: required(whole(), 'Milliseconds to wait before connecting again; drawn for each client by itself') },
);
export type ReconnectMessage = Message<typeof reconnect>;
