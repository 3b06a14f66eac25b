import { MAX_LIST_LENGTH } from '../limits.ts';
import { eventForm } from './event.ts';
import { defaulted, flag, instant, list, object, optional, required, text } from './fields.ts';
import { answer, answerInPages, type Message, request } from './message.ts';
import { positions } from './positions.ts';

const names = (what: 'channels' | 'patterns') => list(text(), what, { atMost: MAX_LIST_LENGTH });

const channels = defaulted(names('channels'), [], 'Channels; a request names at least one channel or pattern');
const patterns = defaulted(names('patterns'), [], 'Patterns; one without wildcards is a channel');

export const subscribe = request(
  'subscribe',
  {
    doc: 'Asks to hear what is published to channels, and to the channels that patterns match.',
    answers: ['subscribed', 'state', 'replay'],
  },
  {
    channels,
    patterns,
    options: optional(
      object({
        sendInitialState: defaulted(flag, false, 'Have the latest event of every channel follow'),
        replayEvents: defaulted(flag, false, 'Have a replay follow'),
        replaySince: optional(instant, 'From when on that replay is; all that is kept where absent'),
      }),
      'What is to follow the answer',
    ),
  },
);
export type Subscribe = Message<typeof subscribe>;

/** Sent only after the subscriptions are durable. */
export const subscribed = answer(
  'subscribed',
  { doc: 'The subscriptions are durable.' },
  {
    channels: required(list(text(), 'channels'), 'As they were asked for'),
    patterns: required(list(text(), 'patterns'), 'As they were asked for'),
    positions: required(positions(), 'Where the named channels stood once the subscriptions were durable'),
    time: required(instant, 'The history’s clock at that moment'),
  },
);

export const state = answerInPages(
  'state',
  { doc: 'The latest event of every channel that was subscribed to, where it was asked for.' },
  { events: required(list(eventForm, 'events'), 'Some of them; private ones are left out') },
);

export const unsubscribe = request(
  'unsubscribe',
  { doc: 'Ends subscriptions; names that are not held are passed over.', answers: ['unsubscribed'] },
  { channels, patterns },
);
export type Unsubscribe = Message<typeof unsubscribe>;

export const unsubscribed = answer(
  'unsubscribed',
  { doc: 'What is appended from now on is not heard by what was ended.' },
  {
    channels: required(list(text(), 'channels'), 'As they were asked for'),
    patterns: required(list(text(), 'patterns'), 'As they were asked for'),
    time: required(instant, 'The service’s clock'),
  },
);
export type UnsubscribedMessage = Message<typeof unsubscribed>;
