import { MAX_LIST_LENGTH } from '../limits.ts';
import { PRIORITIES } from '../priority.ts';
import { any, choice, identifier, list, optional, required, text } from './fields.ts';
import { answer, type Message, request } from './message.ts';

export const broadcast = request(
  'broadcast',
  { doc: 'Publishes to a channel.', answers: ['ack'] },
  {
    channel: required(text('a channel'), 'Where'),
    data: required(any, 'Any JSON value'),
    id: optional(identifier, 'Idempotency key; made up by the service where absent'),
    category: optional(identifier, 'Else the channel’s first segment'),
    priority: optional(choice(PRIORITIES), 'Else `data.priority` where that is one of them; else `normal`'),
    targetUsers: optional(
      list(identifier, 'users', { atLeast: 1, leastWhat: 'at least one user', atMost: MAX_LIST_LENGTH }),
      'The users who alone may hear it',
    ),
  },
);
export type Broadcast = Message<typeof broadcast>;

/** Sent only after the broker confirmed the broadcast and routed it to a queue. */
export const ack = answer(
  'ack',
  { doc: 'The broker has the broadcast safe in a queue.' },
  { id: required(text(), 'By which it is known') },
);
export type AckMessage = Message<typeof ack>;
