import { flag, identifier, instant, nullable, object, required, text, whole } from './fields.ts';
import { type Message, notice } from './message.ts';

/** Sent once, as soon as the connection can be posted to. */
export const connection = notice(
  'connection',
  { doc: 'Greets a connection, once it can be posted to; other messages may come before it.' },
  {
    protocol: required(whole(), 'Version of the protocol'),
    connectionId: required(text(), 'Name of this connection'),
    userId: required(identifier, 'Whom the service takes the client for'),
    timestamp: required(instant, 'The service’s clock'),
    expires: required(nullable(instant), 'When the session ends, by the same clock; null for never'),
    server: required(
      object({
        features: required(
          object({
            batch: required(flag, 'It takes several broadcasts in one frame'),
            compression: required(flag, 'It compresses, and takes what is compressed'),
            patterns: required(flag, 'Patterns can be subscribed to'),
            replay: required(flag, 'Events are kept, and replayed'),
            rateLimit: required(flag, 'Messages count against limits'),
            messageQueue: required(flag, 'Broadcasts go through a queue'),
          }),
          'What is built and switched on',
        ),
      }),
      'What the service is',
    ),
    limits: required(
      object({
        messageSize: required(whole(), 'Bytes of one message'),
        heartbeatInterval: required(whole(), 'Milliseconds between a client’s pings, at most'),
        subscriptions: required(whole(), 'Channels and patterns one connection may hold'),
        batch: required(whole(), 'Messages one batch may hold'),
        replay: required(whole(), 'Events of one answer to a replay, at most'),
      }),
      'How much of what is allowed',
    ),
  },
);
export type ConnectionMessage = Message<typeof connection>;

/** The connection is about to be closed in order, by a service that goes down. What is sent after it is not taken. */
export const reconnect = notice(
  'reconnect',
  { doc: 'The service goes down in order and will close the connection; what is sent after this is not taken.' },
  { after: required(whole(), 'Milliseconds after which this client is to connect again; another number for each') },
);
export type ReconnectMessage = Message<typeof reconnect>;
