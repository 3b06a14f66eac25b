import type { History } from '../ports/history.ts';
import type { Identity } from '../ports/identity.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { maySubscribe } from '../protocol/grants.ts';
import type { EventMessage } from '../protocol/messages/event.ts';
import { channelOf } from '../protocol/names.ts';
import { answerWorkOf } from '../protocol/toll.ts';
import { admitRequest } from './admit.ts';
import { eventMessage } from './event-message.ts';

/** Where an event is. */
export interface EventAddress {
  readonly channel: string;
  readonly epoch: string;
  readonly offset: number;
  /** Among the events that were addressed to whoever asks. */
  readonly private: boolean;
}

interface World {
  readonly history: History;
  readonly limiter: RateLimiter;
}

/**
 * One event of the history, whole, for whoever may subscribe to its channel.
 *
 * @returns undefined where it is not there, or not there any more.
 * @throws ProtocolError RATE_LIMIT_EXCEEDED, INVALID_CHANNEL, FORBIDDEN
 * @throws DependencyAway
 */
export const fetchEvent = async (
  world: World,
  identity: Identity,
  address: EventAddress,
): Promise<EventMessage | undefined> => {
  await admitRequest(world, identity, 'event');
  const { user, session } = identity;
  const channel = channelOf(address.channel);
  if (!maySubscribe(session.grants, { kind: 'exact', text: channel.text, channel })) {
    throw new ProtocolError('FORBIDDEN', `No grant lets you subscribe to ${JSON.stringify(channel.text)}`);
  }
  const { epoch, offset } = address;
  const name = { channel: channel.text, ...(address.private ? { user } : {}) };
  const [page] = await world.history.read([{ name, from: { after: { epoch, offset: offset - 1 } }, most: 1 }], {});
  const event = page?.events[0];
  world.limiter.owe(user, answerWorkOf(1, event?.data.length ?? 0));
  if (event === undefined || event.epoch !== epoch || event.offset !== offset) return undefined;
  return eventMessage(channel.text, event, address.private);
};
