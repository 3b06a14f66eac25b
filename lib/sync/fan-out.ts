import type {
  Appended,
  Broadcast,
  Clock,
  Connections,
  Gateway,
  History,
  Incoming,
  Parking,
  Recorded,
} from '../ports.ts';
import { encodeEvent } from '../protocol/frame.ts';
import type { Audience } from './audience.ts';
import { type Delivered, deliver, type Outbox } from './deliver.ts';
import { persist } from './persist.ts';

/** What the fan-out works with. */
export interface FanOutWorld {
  readonly history: History;
  readonly audience: Audience;
  readonly connections: Connections;
  readonly gateway: Gateway;
  readonly parking: Parking;
  readonly clock: Clock;
}

export interface FanOutReport extends Delivered {
  /** Broadcasts new to the history. */
  readonly appended: number;
  /** Broadcasts the history had already. */
  readonly duplicates: number;
  /** Messages put aside because they can never be processed. */
  readonly parked: number;
}

const placesOf = (recorded: Recorded): readonly Appended[] =>
  'at' in recorded ? [recorded.at] : [...recorded.atUser.values()];

const isNew = (recorded: Recorded): boolean => placesOf(recorded).some(({ duplicate }) => !duplicate);

const frameOf = (broadcast: Broadcast, at: Appended): Uint8Array => {
  const { id, channel, category, priority, userId, targetUsers, data } = broadcast;
  return encodeEvent(
    {
      type: 'event',
      id,
      channel: channel.text,
      category,
      priority,
      ...(userId === undefined ? {} : { userId }),
      timestamp: at.timestamp,
      offset: at.offset,
      epoch: at.epoch,
      ...(targetUsers === undefined ? {} : { private: true }),
    },
    data,
  );
};

const outboxesOf = async (audience: Audience, events: readonly Recorded[]): Promise<readonly Outbox[]> => {
  const channels = new Map(events.map(({ broadcast: { channel } }) => [channel.text, channel]));
  const listeners = await audience.of([...channels.values()]);
  const outboxes = new Map<string, Outbox>();
  for (const event of events) {
    // Every listener of an event gets the same bytes; of a private one, every connection of the same user does.
    const forAll = 'at' in event ? frameOf(event.broadcast, event.at) : undefined;
    const forUser = new Map<string, Uint8Array>();
    if ('atUser' in event) {
      for (const [user, at] of event.atUser) forUser.set(user, frameOf(event.broadcast, at));
    }
    for (const connection of listeners.get(event.broadcast.channel.text)?.values() ?? []) {
      const frame = forAll ?? forUser.get(connection.user);
      if (frame === undefined) continue;
      const outbox = outboxes.get(connection.id) ?? { connection, frames: [] };
      outbox.frames.push(frame);
      outboxes.set(connection.id, outbox);
    }
  }
  return [...outboxes.values()];
};

/**
 * Processes one batch of a shard: puts aside what can never be processed, appends the rest to the history, and only
 * then looks who listens, so that whoever subscribed before the append is seen; then posts.
 *
 * A broadcast the history had already is posted again only where the batch came back, for then nobody knows how far its
 * delivery got; one that was merely published twice was heard the first time.
 *
 * @param batch - messages in queue order.
 * @param deadline - when to give up on an absent dependency, milliseconds since 1970. The whole batch may be repeated
 *   then: nothing is appended twice, and what is posted twice carries the same offset.
 * @throws DependencyAway
 */
export const fanOut = async (
  world: FanOutWorld,
  batch: readonly Incoming[],
  deadline: number,
): Promise<FanOutReport> => {
  const { history, audience, parking, clock } = world;
  const poison = batch.flatMap((message) => ('poison' in message ? [message.poison] : []));
  await persist(clock, deadline, () => Promise.all(poison.map((message) => parking.park(message))));

  const healthy = batch.flatMap((message) => ('broadcast' in message ? [message] : []));
  const recorded = await persist(clock, deadline, () => history.append(healthy.map(({ broadcast }) => broadcast)));
  const events = recorded.filter((event, i) => healthy[i]?.redelivered === true || isNew(event));

  const outboxes = events.length === 0 ? [] : await persist(clock, deadline, () => outboxesOf(audience, events));
  const delivered = await deliver(world, outboxes, deadline);
  const appended = recorded.filter(isNew).length;
  return { ...delivered, appended, duplicates: recorded.length - appended, parked: poison.length };
};
