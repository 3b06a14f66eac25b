import { MAX_POSITIONS } from '../limits.ts';
import { alwaysTrue, flag, instant, list, optional, required, text, whole } from './fields.ts';
import { answer, type Message, request } from './message.ts';
import { positions } from './positions.ts';

export const ping = request(
  'ping',
  { doc: 'Shows that the client is there, and asks what it may have missed.', answers: ['pong'] },
  {
    positions: optional(positions({ atMost: MAX_POSITIONS }), 'Where the client stands in some channels'),
    digest: optional(flag, 'Whether the answer is to say `digest`; where positions are named'),
  },
);
export type Ping = Message<typeof ping>;

export const pong = answer(
  'pong',
  { doc: 'Says that the service is there.' },
  {
    time: required(instant, 'The service’s clock'),
    behind: optional(
      list(text(), 'channels'),
      'Those of the named channels that the connection hears and that hold more, or have another epoch; where positions were named',
    ),
    subscriptions: optional(
      whole(),
      'How many channels and patterns the connection is subscribed to; where positions were named',
    ),
    digest: optional(
      whole({ atMost: 2 ** 32 - 1 }),
      'Which channels and patterns the connection is subscribed to, in one number; where it was asked for',
    ),
    unsubscribed: optional(alwaysTrue, 'There are no subscriptions: subscribe again'),
  },
);
export type PongMessage = Message<typeof pong>;
