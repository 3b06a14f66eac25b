import { PRIORITIES } from '../priority.ts';
import {
  alwaysTrue,
  any,
  choice,
  identifier,
  instant,
  list,
  nullable,
  object,
  optional,
  required,
  text,
  whole,
} from './fields.ts';
import { type Message, notice } from './message.ts';

const head = {
  id: required(text(), 'The idempotency key it was published with'),
  channel: required(text(), 'Where it was published'),
  category: required(text(), 'The channel’s first segment, unless its publisher named another'),
  priority: required(choice(PRIORITIES), 'As its publisher gave it, else `normal`'),
  userId: optional(identifier, 'Who published it, where that is known'),
  traceparent: optional(text(), 'W3C Trace Context, where its publisher gave one'),
  timestamp: required(instant, 'When it was appended; never decreases within a channel'),
  offset: required(whole(), 'Its number on the channel, counted from 1 without gaps'),
  epoch: required(text(), 'Which count the offset is of; another one means that the history was lost'),
  private: optional(
    alwaysTrue,
    'It was addressed to users by name; its offset then counts the user’s own events on the channel',
  ),
};

const body = {
  data: required(any, 'What was published; null where it is omitted'),
  omitted: optional(alwaysTrue, 'It was too large for the frames that this client takes'),
  matched: optional(
    nullable(list(text(), 'channels and patterns')),
    'The texts of the connection’s subscriptions that it fits, where the client declared `matched`; null where they are too many',
  ),
};

export const event = notice(
  'event',
  { doc: 'Tells what was published to a channel that the connection is subscribed to.' },
  { ...head, ...body },
);
export type EventMessage = Message<typeof event>;

/** An event within an answer. */
export const eventForm = /* @__PURE__ */ object({
  type: required(choice(['event']), 'As in an event that is heard'),
  ...head,
  ...body,
});
