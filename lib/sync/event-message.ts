import type { StoredEvent } from '../ports/history.ts';
import { JsonText } from '../protocol/codec/json-text.ts';
import type { Matched } from '../protocol/matched.ts';
import type { EventMessage } from '../protocol/messages/event.ts';

/**
 * An event as it is heard, be it just appended or replayed.
 *
 * @param isOmitted - its data does not travel, and is not unpacked.
 * @param matched - what it says that it fits; undefined where it does not.
 */
export const eventMessage = (
  channel: string,
  event: StoredEvent,
  isPrivate: boolean,
  isOmitted = false,
  matched?: Matched,
): EventMessage => ({
  type: 'event',
  id: event.id,
  channel,
  category: event.category,
  priority: event.priority,
  ...(event.userId === undefined ? {} : { userId: event.userId }),
  ...(event.traceparent === undefined ? {} : { traceparent: event.traceparent }),
  timestamp: event.timestamp,
  offset: event.offset,
  epoch: event.epoch,
  ...(isPrivate ? { private: true } : {}),
  ...(isOmitted ? { data: null, omitted: true } : { data: new JsonText(event.data) }),
  ...(matched === undefined ? {} : { matched }),
});
