import { createHash } from 'node:crypto';
import type { Bus } from '../ports/bus.ts';
import { DependencyAway } from '../ports/dependency.ts';
import type { Poison } from '../ports/incoming.ts';
import type { ServiceEvents } from '../ports/service-events.ts';
import { isReserved } from '../protocol/reserved.ts';

/** Characters of a reason. */
const MOST_OF_REASON = 1_000;

/** The broker's own headers, which are others each time that a message comes. */
const OF_BROKER = /^x-/;

/** Names a message by what its publisher wrote: a batch that comes back names it the same. */
const nameOf = ({ queue, messageId, headers, body }: Poison): string => {
  const own = Object.entries(headers).filter(([name]) => !OF_BROKER.test(name));
  return createHash('sha256')
    .update(JSON.stringify([queue, messageId ?? null, own]))
    .update(body)
    .digest('base64url');
};

/** What is told of a message. Its publisher may have written anything. */
const dataOf = ({ queue, reason, headers: { channel }, messageId }: Poison): Readonly<Record<string, string>> => {
  const all = { queue, reason: reason.slice(0, MOST_OF_REASON), channel, messageId };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value.toWellFormed()]] : [])),
  );
};

/**
 * Has it told that a message is put aside, before it is. Killed in between, the batch comes back, and it is told by the same
 * id. Of what was meant for a channel of the service's own nothing is told.
 *
 * @param onFailure - told of what cannot be told. The message is put aside all the same.
 */
export const tellingParking = (
  parking: Pick<Bus, 'park'>,
  serviceEvents: Pick<ServiceEvents, 'parked'>,
  onFailure: (error: unknown) => void,
): Pick<Bus, 'park'> => ({
  park: async (poison) => {
    const { channel } = poison.headers;
    try {
      if (typeof channel !== 'string' || !isReserved(channel)) {
        await serviceEvents.parked(nameOf(poison), dataOf(poison));
      }
    } catch (error) {
      // Where Redis is away the batch comes back. What it refuses would hold up the shard for ever.
      if (error instanceof DependencyAway) throw error;
      onFailure(error);
    }
    await parking.park(poison);
  },
});
