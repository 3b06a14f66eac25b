import { MAX_POSITIONS } from '../limits.ts';
import { alwaysTrue, instant, list, optional, required, text, whole } from './fields.ts';
import { answer, type Message, request } from './message.ts';
import { positions } from './positions.ts';

export const ping = request(
  'ping',
  { doc: 'Shows that the client is there, and asks what it may have missed.', answers: ['pong'] },
  { positions: optional(positions({ atMost: MAX_POSITIONS }), 'Where the client stands') },
);
export type Ping = Message<typeof ping>;

export const pong = answer(
  'pong',
  { doc: 'The service is there.' },
  {
    time: required(instant, 'The service’s clock'),
    behind: optional(list(text(), 'channels'), 'Of the named channels those that hold more, or have another epoch'),
    subscriptions: optional(
      whole(),
      'Channels and patterns the connection is subscribed to, where positions were named',
    ),
    unsubscribed: optional(alwaysTrue, 'There are none: subscribe again'),
  },
);
export type PongMessage = Message<typeof pong>;
