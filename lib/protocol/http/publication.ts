import { broadcast } from '../messages/broadcast.ts';
import { list, object, type Read, required, text } from '../messages/fields.ts';

/** Events of one request. */
export const MAX_EVENTS = 100;

/** Characters of the name of a request: behind it, room is left for the number of an event. */
export const MAX_KEY_LENGTH = 120;

const { requestId: _, sequence: __, ...event } = broadcast.fields;

/** What `POST /events` takes. */
export const publication = {
  events: required(
    list(object(event), 'events', { atLeast: 1, leastWhat: 'at least one event', atMost: MAX_EVENTS }),
    'All of them are published, or none',
  ),
};

/** What it answers. */
export const published = {
  ids: required(list(text(), 'idempotency keys'), 'Those by which the events are known, in their order'),
};
export type Published = Read<typeof published>;
