/** What tests of the domain are about: connections and events as they come. */

import type { Broadcast } from '../../../lib/ports/broadcast.ts';
import type { Caller } from '../../../lib/ports/connection.ts';
import type { Arrived } from '../../../lib/ports/incoming.ts';
import { NO_CAPABILITIES } from '../../../lib/protocol/capabilities.ts';
import { parseChannel } from '../../../lib/protocol/channel.ts';
import { openSession, type Session } from '../../../lib/protocol/session.ts';

export const connection = (id: string, user = id, session: Session = openSession(0)): Caller => ({
  id,
  user,
  endpoint: 'http://gateway',
  capabilities: NO_CAPABILITIES,
  session,
});

/** A broadcast as a message of a shard queue. */
export const arrived = ({ id, channel, data }: Broadcast, queue = 'events.0'): Arrived => ({
  body: new TextEncoder().encode(data),
  headers: { channel: channel.text },
  messageId: id,
  queue,
});

export const event = (channel: string, id: string, extra: Partial<Broadcast> = {}): Broadcast => ({
  id,
  channel: parseChannel(channel),
  category: 'c',
  priority: 'normal',
  data: '{}',
  userId: 'bob',
  ...extra,
});
