/** What the domain works with, put together from the ports in memory. */

import { apiGatewayEncoder } from '../../../lib/gateway/frames.ts';
import { MemoryDirectory } from '../../../lib/memory/directory.ts';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { MemoryMeter } from '../../../lib/memory/meter.ts';
import { MemoryPostings } from '../../../lib/memory/postings.ts';
import { MemoryScratch } from '../../../lib/memory/scratch.ts';
import { MemoryStore } from '../../../lib/memory/store.ts';
import { MemorySubscriptions } from '../../../lib/memory/subscriptions.ts';
import type { Broadcast } from '../../../lib/ports/broadcast.ts';
import type { Clock } from '../../../lib/ports/clock.ts';
import type { Incoming } from '../../../lib/ports/incoming.ts';
import { NO_COMPRESSION } from '../../../lib/protocol/compression.ts';
import { Audience } from '../../../lib/sync/audience.ts';
import { type Delivered, deliver, type Outbox } from '../../../lib/sync/deliver.ts';
import type { FanOutWorld } from '../../../lib/sync/post.ts';
import { Progress } from '../../../lib/sync/progress.ts';
import { ReadsInTurn } from '../../../lib/sync/reads-in-turn.ts';
import type { ReceiveWorld } from '../../../lib/sync/receive.ts';
import { Turns } from '../../../lib/sync/turns.ts';
import { PLAIN } from '../../frames.ts';
import { AheadClock } from './ahead-clock.ts';
import { WatchedBus } from './watched-bus.ts';
import { WatchedGateway } from './watched-gateway.ts';
import { WatchedHistory } from './watched-history.ts';
import { WatchedLimiter } from './watched-limiter.ts';
import { arrived } from './world.ts';

const raise = (error: unknown): never => {
  throw error;
};

/** Milliseconds for which the history keeps events: as long as production does. */
const RETENTION = 7 * 86_400_000;

/** A store, and what stands on it in every world. */
const storing = () => {
  const clock = new ManualClock();
  const storeClock = new AheadClock(clock);
  // Every epoch begins under one name, so that a test can say it.
  let names = 0;
  const store = new MemoryStore(storeClock, (purpose) => (purpose === 'epoch' ? 'e' : `${purpose}-${names++}`));
  const meter = new MemoryMeter();
  return {
    clock,
    storeClock,
    store,
    meter,
    directory: new MemoryDirectory(store, meter),
    history: new WatchedHistory(store, { enabled: true, retention: RETENTION, maxEvents: 1_000 }, meter, clock),
    gateway: new WatchedGateway(),
  };
};

const receivingPorts = () => {
  const stored = storing();
  const { store } = stored;
  return {
    ...stored,
    subscriptions: new MemorySubscriptions(store),
    limiter: new WatchedLimiter(),
    scratch: new MemoryScratch(store),
    bus: new WatchedBus(),
  };
};

type Ports = ReturnType<typeof receivingPorts>;

/** Everything but the ports. */
type Settings = Omit<ReceiveWorld, keyof Ports>;

export type ReceivingWorld = Ports & Settings;

/**
 * What the messages of clients work with.
 *
 * @param settings - that differ: messages of a megabyte, a thousand subscriptions, no compression, and a failure that
 *   nobody expects fails the test.
 */
export const receivingWorld = (settings: Partial<Settings> = {}): ReceivingWorld => ({
  ...receivingPorts(),
  compression: NO_COMPRESSION,
  encoder: apiGatewayEncoder(settings.compression ?? NO_COMPRESSION),
  reads: new ReadsInTurn(),
  authenticator: undefined,
  limits: { messageSize: 2 ** 20, subscriptions: 1_000, patterns: 1_000 },
  replay: { enabled: true, retention: 1_000_000, batchSize: 100, maxEvents: 1_000 },
  onAnswered: () => undefined,
  onFailure: raise,
  ...settings,
});

/** The turns of a process. */
export const turnsOn = (store: MemoryStore, clock: Clock): Turns => new Turns(new MemoryPostings(store, clock), clock);

/** Delivers as `deliver` does, in a turn of its own. */
export const deliverAlone = (
  world: Parameters<typeof deliver>[0],
  pages: AsyncIterable<readonly Outbox[]>,
  deadline: number,
): Promise<Delivered> => {
  const { clock } = world;
  return turnsOn(new MemoryStore(clock), clock).hold('events.0', deadline, (held) =>
    deliver(world, pages, deadline, new Progress(held, held.turn.fence, clock)),
  );
};

/**
 * What the fan-out works with.
 *
 * @param onFailure - told of entries of the registry that cannot be used.
 * @param page - listeners read at a time.
 */
export const fanningWorld = (onFailure: (error: unknown) => void = raise, page?: number) => {
  const stored = storing();
  const subscriptions = new MemorySubscriptions(stored.store, page);
  return {
    ...stored,
    subscriptions,
    turns: turnsOn(stored.store, stored.clock),
    audience: new Audience(subscriptions, 10, onFailure),
    parking: new WatchedBus(),
    encoder: PLAIN,
  } satisfies FanOutWorld & { subscriptions: MemorySubscriptions };
};

/** Broadcasts as a shard's queue brings them. */
export const incoming = (...broadcasts: readonly Broadcast[]): Incoming[] =>
  broadcasts.map((broadcast) => ({ broadcast, arrived: arrived(broadcast) }));
