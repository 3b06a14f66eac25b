import type { StoredEvent } from '../../ports/history.ts';
import type { EventHead } from '../../protocol/messages/event.ts';

/** A stored event as it is sent, but for its data. */
export const eventHead = (channel: string, event: StoredEvent, isPrivate: boolean): EventHead => ({
  type: 'event',
  id: event.id,
  channel,
  category: event.category,
  priority: event.priority,
  ...(event.userId === undefined ? {} : { userId: event.userId }),
  timestamp: event.timestamp,
  offset: event.offset,
  epoch: event.epoch,
  ...(isPrivate ? { private: true } : {}),
});
