import { MAX_LIST_LENGTH } from '../limits.ts';
import { PRIORITIES } from '../priority.ts';
import { any, choice, identifier, instant, list, object, optional, required, text, whole } from './fields.ts';
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
    sequence: optional(
      object({
        publisher: required(
          identifier,
          'The store that keeps the writes, by a name that it made once; one of its user',
        ),
        number: required(whole({ atLeast: 1 }), 'Counts the publisher’s writes on the channel, as they are first sent'),
        sent: optional(
          instant,
          'When it was first sent, by the service’s clock, or earlier; absent if it was never sent before',
        ),
      }),
      'Which write of its publisher it is: one is published once, however long ago it was',
    ),
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
