import { randomUUID } from 'node:crypto';
import type { ConsumerLease } from '../../ports/consumers.ts';
import { DependencyAway } from '../../ports/dependency.ts';
import type { Identity } from '../../ports/identity.ts';
import type { PullAsked } from '../../protocol/http/consumers.ts';
import type { EventMessage } from '../../protocol/messages/event.ts';
import { admitRequest } from '../admit.ts';
import { eventMessage } from '../event-message.ts';
import { Hearing } from '../replay/hearing.ts';
import { cursorText, parseCursor } from './cursor.ts';
import type { Gap } from './gaps.ts';
import { type Look, look } from './look.ts';
import { ConsumerRefused, noSuchConsumer } from './refusal.ts';
import { Waiting } from './waiting.ts';
import { type ConsumeWorld, judged, readFor } from './world.ts';

/** Milliseconds for which a lease is longer than the wait: for what is read by then, and to hand it out. */
const READING = 10_000;

/** Milliseconds for which one goes through channels that does not wait as long, before it says that there is nothing. */
const LOOKING = 5_000;

/** What is handed out. */
export interface Pulled {
  /** What acknowledges it; null where there is nothing. */
  readonly fence: number | null;
  readonly events: readonly EventMessage[];
  readonly gaps: readonly Gap[];
}

const bytesOf = ({ events }: Look): number => events.reduce((bytes, { event }) => bytes + event.data.length, 0);

/** Looks until there is something, or nothing for as long as is waited. */
const lookUntil = async (
  world: ConsumeWorld,
  identity: Identity,
  { patterns, cursor: text }: ConsumerLease,
  { limit, bytes, wait }: PullAsked,
  onLooked: (cursor: string) => void,
): Promise<Look | undefined> => {
  judged(identity, patterns);
  const hearing = new Hearing(patterns);
  const began = world.clock.elapsed();
  const deadline = began + wait;
  const waiting = new Waiting(world, hearing, deadline);
  try {
    let cursor = parseCursor(text);
    /** An earlier pull was done with the first channels: there may be something since. */
    let isMidway = (cursor.pass?.behind ?? '') !== '';
    for (;;) {
      const found = await readFor(
        world,
        identity,
        (history) => look(history, hearing, cursor, { events: limit, bytes }),
        bytesOf,
      );
      if (found.events.length + found.gaps.length > 0) return found;
      cursor = found.next;
      onLooked(cursorText(cursor, (channel) => found.channels.has(channel)));
      const areMore = !found.isAll || isMidway;
      if (found.isAll) isMidway = false;
      // There are more channels: they are not waited for.
      if (areMore && world.clock.elapsed() < Math.max(deadline, began + LOOKING)) continue;
      if (!(await waiting.wait())) return undefined;
    }
  } finally {
    waiting.end();
  }
};

/**
 * Hands out the next events behind the cursor of a consumer, under a lease, and waits for some where there are none. The
 * cursor stays where it is until they are acknowledged.
 *
 * @throws ConsumerRefused NOT_FOUND; LEASED where somebody else has the lease; LEASE_LOST where it was taken away meanwhile.
 * @throws ProtocolError RATE_LIMIT_EXCEEDED, FORBIDDEN
 * @throws DependencyAway
 */
export const pull = async (
  world: ConsumeWorld,
  identity: Identity,
  name: string,
  asked: PullAsked,
): Promise<Pulled> => {
  await admitRequest(world, identity, 'consumer');
  const { user } = identity;
  const { consumers } = world;
  const lease = await consumers.lease(user, name, randomUUID(), asked.wait + READING);
  if (lease === undefined) throw noSuchConsumer(name);
  if (!('fence' in lease)) {
    throw new ConsumerRefused('LEASED', 'Somebody else has the lease of this consumer', Math.ceil(lease.remaining));
  }
  const { fence } = lease;
  let { cursor } = lease;
  const giveBack = (): Promise<boolean> => consumers.giveBack(user, name, fence, cursor);
  /** So that nobody waits for a lease under which nothing is handed out. Where that fails as well, it ends by itself. */
  const failed = async (error: unknown): Promise<never> => {
    await giveBack().catch(() => undefined);
    throw error;
  };
  const onLooked = (looked: string): void => {
    cursor = looked;
  };
  const found = await lookUntil(world, identity, lease, asked, onLooked).catch(failed);
  if (found === undefined) {
    await giveBack().catch((error: unknown) => {
      if (!(error instanceof DependencyAway)) throw error;
    });
    return { fence: null, events: [], gaps: [] };
  }
  const { channels, next, gaps } = found;
  const offered = cursorText(next, (channel) => channels.has(channel));
  if (!(await consumers.offer(user, name, fence, offered, asked.lease).catch(failed))) {
    throw new ConsumerRefused('LEASE_LOST', 'The consumer was changed while this waited for events; pull again');
  }
  world.meter.count('consumer_events', {}, found.events.length);
  world.meter.count('consumer_gaps', {}, gaps.length);
  const events = found.events.map(({ name: { channel }, event }) => eventMessage(channel, event, false));
  return { fence, events, gaps };
};
