/** What the domain works with, put together from the ports in memory. */

import { apiGatewayEncoder } from '../../../lib/gateway/frames.ts';
import type { Broadcast } from '../../../lib/ports/broadcast.ts';
import type { Incoming } from '../../../lib/ports/incoming.ts';
import { NO_COMPRESSION } from '../../../lib/protocol/compression.ts';
import { Audience } from '../../../lib/sync/audience.ts';
import type { FanOutWorld } from '../../../lib/sync/fan-out.ts';
import type { ReceiveWorld } from '../../../lib/sync/receive.ts';
import { PLAIN } from '../../frames.ts';
import { MemoryHistory } from './memory-history.ts';
import {
  arrived,
  ManualClock,
  MemoryAssembly,
  MemoryBus,
  MemoryCursors,
  MemoryGateway,
  MemoryLimiter,
  MemoryMeter,
  MemorySubscriptions,
} from './world.ts';

const raise = (error: unknown): never => {
  throw error;
};

const receivingPorts = () => {
  const subscriptions = new MemorySubscriptions();
  return {
    subscriptions,
    connections: subscriptions,
    sessions: subscriptions,
    limiter: new MemoryLimiter(),
    assembly: new MemoryAssembly(),
    gateway: new MemoryGateway(),
    bus: new MemoryBus(),
    history: new MemoryHistory(),
    clock: new ManualClock(),
    cursors: new MemoryCursors(),
    meter: new MemoryMeter(),
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
  authenticator: undefined,
  limits: { messageSize: 2 ** 20, subscriptions: 1_000 },
  replay: { enabled: true, retention: 1_000_000, batchSize: 100, maxEvents: 1_000 },
  onAnswered: () => undefined,
  onFailure: raise,
  ...settings,
});

/**
 * What the fan-out works with.
 *
 * @param onFailure - told of entries of the registry that cannot be used.
 */
export const fanningWorld = (onFailure: (error: unknown) => void = raise) => {
  const subscriptions = new MemorySubscriptions();
  return {
    subscriptions,
    connections: subscriptions,
    history: new MemoryHistory(),
    audience: new Audience(subscriptions, 10, onFailure),
    gateway: new MemoryGateway(),
    parking: new MemoryBus(),
    clock: new ManualClock(),
    encoder: PLAIN,
    meter: new MemoryMeter(),
  } satisfies FanOutWorld & { subscriptions: MemorySubscriptions };
};

/** Broadcasts as a shard's queue brings them. */
export const incoming = (...broadcasts: readonly Broadcast[]): Incoming[] =>
  broadcasts.map((broadcast) => ({ broadcast, redelivered: false, arrived: arrived(broadcast) }));
