import { PRIORITIES } from '../priority.ts';
import { alwaysTrue, any, choice, identifier, instant, object, optional, required, text, whole } from './fields.ts';
import { type Message, notice } from './message.ts';

const head = {
  id: required(text(), 'Its publisher’s idempotency key'),
  channel: required(text(), 'Where it was published'),
  category: required(text(), 'What replays filter by: the channel’s first segment, unless its publisher named another'),
  priority: required(choice(PRIORITIES), 'What replays filter by'),
  userId: optional(identifier, 'Who published it, where that is known'),
  timestamp: required(instant, 'When it was appended; never decreasing within a channel'),
  offset: required(whole(), 'Its number in its history, counted from 1 without gaps'),
  epoch: required(text(), 'Another one means that the history was lost, and counting began anew'),
  private: optional(alwaysTrue, 'It was addressed to users by name; its position is then the user’s own'),
};

const body = {
  data: required(any, 'What was published; null where it is omitted'),
  omitted: optional(alwaysTrue, 'It was too large for the frames that this client takes'),
};

export const event = notice(
  'event',
  { doc: 'Something was published to a channel that the connection hears.' },
  { ...head, ...body },
);
export type EventMessage = Message<typeof event>;

/** An event within an answer. */
export const eventForm = /* @__PURE__ */ object({
  type: required(choice(['event']), 'As in an event that is heard'),
  ...head,
  ...body,
});
