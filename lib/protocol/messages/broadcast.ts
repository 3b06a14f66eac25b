import { MAX_LIST_LENGTH } from '../limits.ts';
import { PRIORITIES } from '../priority.ts';
import { any, choice, identifier, list, optional, required, text } from './fields.ts';
import { answer, type Message, request } from './message.ts';

export const broadcast = request(
  'broadcast',
  { doc: 'Publishes to a channel.', answers: ['ack'] },
  {
    channel: required(text('a channel'), 'Where it is published'),
    data: required(any, 'What is published'),
    id: optional(
      identifier,
      'Idempotency key: what comes again with it is published once; else made up by the service',
    ),
    category: optional(identifier, 'What replays filter by; else the channel’s first segment'),
    priority: optional(
      choice(PRIORITIES),
      'What replays filter by; else `data.priority` where that is one of them, else `normal`',
    ),
    targetUsers: optional(
      list(identifier, 'users', { atLeast: 1, leastWhat: 'at least one user', atMost: MAX_LIST_LENGTH }),
      'Who alone may hear it',
    ),
    traceparent: optional(any, 'W3C Trace Context, which goes with the event; ignored unless it is valid'),
  },
);
export type BroadcastRequest = Message<typeof broadcast>;

/** Sent only after the broker confirmed the broadcast and routed it to a queue. */
export const ack = answer(
  'ack',
  { doc: 'The broker has the broadcast safe in a queue.' },
  { id: required(text(), 'The idempotency key by which it is known') },
);
export type AckMessage = Message<typeof ack>;
