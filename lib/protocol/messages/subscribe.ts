import { MAX_LIST_LENGTH } from '../limits.ts';
import { eventForm } from './event.ts';
import { defaulted, flag, instant, list, object, optional, required, text } from './fields.ts';
import { answer, answerInPages, type Message, request } from './message.ts';
import { positions } from './positions.ts';

const names = (what: 'channels' | 'patterns') => list(text(), what, { atMost: MAX_LIST_LENGTH });

const channels = defaulted(names('channels'), [], 'Channels by name; a request has at least one channel or pattern');
const patterns = defaulted(names('patterns'), [], 'Patterns of channels; one without wildcards is a channel');

export const subscribe = request(
  'subscribe',
  {
    doc: 'Asks to hear what is published to channels, and to those that patterns match.',
    answers: ['subscribed', 'state', 'replay'],
  },
  {
    channels,
    patterns,
    options: optional(
      object({
        sendInitialState: defaulted(flag, false, 'Have `state` follow: the latest event of every channel'),
        replayEvents: defaulted(flag, false, 'Have `replay` follow: past events of what this request names'),
        replaySince: optional(instant, 'From when on they are replayed; else all that is kept'),
      }),
      'What is to follow the answer',
    ),
  },
);
export type Subscribe = Message<typeof subscribe>;

/** Sent only after the subscriptions are durable. */
export const subscribed = answer(
  'subscribed',
  { doc: 'Says that the subscriptions are durable.' },
  {
    channels: required(list(text(), 'channels'), 'As the request named them'),
    patterns: required(list(text(), 'patterns'), 'As the request named them'),
    positions: required(positions(), 'Where the named channels stood once the subscriptions were durable'),
    time: required(instant, 'The history’s clock at that moment'),
  },
);

export const state = answerInPages(
  'state',
  { doc: 'Holds the latest event of every channel that was subscribed to, but no private ones.' },
  {
    events: required(
      list(eventForm, 'events'),
      'Some of them; the whole answer holds one of each channel that has any',
    ),
    next: optional(
      text(),
      'Where there are more channels than one answer looks into, on its last message: the cursor by which `replay` goes on',
    ),
  },
);

export const unsubscribe = request(
  'unsubscribe',
  { doc: 'Ends subscriptions; names that are not held are passed over.', answers: ['unsubscribed'] },
  { channels, patterns },
);
export type Unsubscribe = Message<typeof unsubscribe>;

export const unsubscribed = answer(
  'unsubscribed',
  { doc: 'Says that the subscriptions are ended: what is appended from now on is not heard by them.' },
  {
    channels: required(list(text(), 'channels'), 'As the request named them'),
    patterns: required(list(text(), 'patterns'), 'As the request named them'),
    time: required(instant, 'The service’s clock'),
  },
);
export type UnsubscribedMessage = Message<typeof unsubscribed>;
