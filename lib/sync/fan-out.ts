import type { Appended, Recorded } from '../ports/broadcast.ts';
import type { Clock } from '../ports/clock.ts';
import type { Connections } from '../ports/connections.ts';
import type { Gateway } from '../ports/gateway.ts';
import type { History } from '../ports/history.ts';
import type { Incoming, Parking } from '../ports/incoming.ts';
import type { Meter } from '../ports/meter.ts';
import type { Encoder } from '../protocol/codec/encoder.ts';
import type { Audience, Persistently } from './audience.ts';
import { type Delivered, deliver, type Outbox } from './deliver.ts';
import { BatchFraming } from './framing/batch-framing.ts';
import { persist } from './persist.ts';

/** What the fan-out works with. */
export interface FanOutWorld {
  readonly history: History;
  readonly audience: Audience;
  readonly connections: Connections;
  readonly gateway: Gateway;
  readonly parking: Parking;
  readonly clock: Clock;
  readonly encoder: Encoder;
  readonly meter: Pick<Meter, 'count'>;
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

async function* outboxesOf(
  audience: Audience,
  events: readonly Recorded[],
  encoder: Encoder,
  persistently: Persistently,
): AsyncGenerator<readonly Outbox[]> {
  if (events.length === 0) return;
  const framing = new BatchFraming(events, encoder);
  for await (const listeners of audience.of(framing.channels, persistently)) {
    const outboxes = listeners.map((listener) => framing.outbox(listener));
    // Whoever hears only others’ private events hears nothing.
    yield outboxes.filter(({ frames }) => frames.length > 0);
  }
}

/**
 * Processes one batch of a shard: appends it to the history, and only then looks who listens, so that whoever subscribed
 * before the append is seen; posts while it reads on; and puts aside what can never be processed.
 *
 * A broadcast the history had already is posted again only where the batch came back, for then nobody knows how far its
 * delivery got, or where a try of this append failed, which may have appended it; one that was merely published twice was
 * heard the first time.
 *
 * @param batch - messages in queue order.
 * @param deadline - when to give up on an absent dependency, milliseconds of `clock.elapsed`. The whole batch may be repeated
 *   then: nothing is appended twice, and what is posted twice carries the same offset.
 * @throws DependencyAway
 */
export const fanOut = async (
  world: FanOutWorld,
  batch: readonly Incoming[],
  deadline: number,
): Promise<FanOutReport> => {
  const { history, audience, parking, clock } = world;
  const healthy = batch.flatMap((message) => ('broadcast' in message ? [message] : []));
  let tries = 0;
  const recorded = await persist(clock, deadline, () => {
    tries++;
    return history.append(healthy.map(({ broadcast }) => broadcast));
  });
  const events = recorded.filter((event, i) => tries > 1 || healthy[i]?.redelivered === true || isNew(event));

  const outboxes = outboxesOf(audience, events, world.encoder, (step) => persist(clock, deadline, step));
  const delivered = await deliver(world, outboxes, deadline);

  // Last, for a batch that comes back comes back whole, and what was put aside by then would be put aside twice.
  const poison = batch.flatMap((message) => ('poison' in message ? [message.poison] : []));
  await persist(clock, deadline, () => Promise.all(poison.map((message) => parking.park(message))));
  const appended = recorded.filter(isNew).length;
  return { ...delivered, appended, duplicates: recorded.length - appended, parked: poison.length };
};
