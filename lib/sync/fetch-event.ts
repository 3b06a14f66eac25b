import type { History, StoredEvent } from '../ports/history.ts';
import type { Identity } from '../ports/identity.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { maySubscribe } from '../protocol/grants.ts';
import type { EventMessage } from '../protocol/messages/event.ts';
import { channelOf } from '../protocol/names.ts';
import { answerWorkOf } from '../protocol/toll.ts';
import { admitRequest, payOwed } from './admit.ts';
import { eventMessage } from './event-message.ts';
import type { ReadsInTurn } from './reads-in-turn.ts';

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
  /** Shared by all requests that a process answers. */
  readonly reads: ReadsInTurn;
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
  const event = await world.reads.take(
    user,
    () => read(world, user, address),
    () => payOwed(world, identity, undefined),
  );
  const { epoch, offset } = address;
  if (event === undefined || event.epoch !== epoch || event.offset !== offset) return undefined;
  return eventMessage(channel.text, event, address.private);
};

/** The event at an address, or another that is there instead. */
const read = async (
  { history, limiter }: World,
  user: string,
  { channel, epoch, offset, private: isPrivate }: EventAddress,
): Promise<StoredEvent | undefined> => {
  const name = { channel, ...(isPrivate ? { user } : {}) };
  const [page] = await history.read([{ name, from: { after: { epoch, offset: offset - 1 } }, most: 1 }], {});
  const event = page?.events[0];
  limiter.owe(user, answerWorkOf(1, event?.data.length ?? 0));
  return event;
};
