import { apiGatewayEncoder } from '../../../lib/gateway/frames.ts';
import { MemoryDirectory } from '../../../lib/memory/directory.ts';
import { MemoryHistory } from '../../../lib/memory/history.ts';
import { MemoryMeter } from '../../../lib/memory/meter.ts';
import { MemoryScratch } from '../../../lib/memory/scratch.ts';
import { MemoryStore } from '../../../lib/memory/store.ts';
import { MemorySubscriptions } from '../../../lib/memory/subscriptions.ts';
import type { Broadcast } from '../../../lib/ports/broadcast.ts';
import type { Gateway } from '../../../lib/ports/gateway.ts';
import type { Encoder } from '../../../lib/protocol/codec/encoder.ts';
import { systemClock } from '../../../lib/sync/clock.ts';
import { ReadsInTurn } from '../../../lib/sync/reads-in-turn.ts';
import type { ReceiveWorld } from '../../../lib/sync/receive.ts';
import { WatchedLimiter } from '../../unit/sync/watched-limiter.ts';

export interface WorldSettings {
  /** Whether events are kept and replayed. */
  readonly replays?: boolean;
  /** Events of one answer to a replay, at most. */
  readonly maxEvents?: number;
  /** Whether the service is of a version that knows the capability `matched`. */
  readonly saysMatched?: boolean;
  /** Bytes of one message, at most. */
  readonly messageSize?: number;
}

/** Milliseconds for which events are kept: as long as in production. */
const RETENTION = 7 * 86_400_000;

/** Events that a channel keeps. */
const KEPT = 10_000;

/** Events of an answer to a question without a limit. */
const BATCH = 100;

const COMPRESSION = { enabled: true, threshold: 1_024 };

const raise = (error: unknown): never => {
  throw error;
};

export interface World extends ReceiveWorld {
  readonly store: MemoryStore;
  readonly history: MemoryHistory;
  readonly subscriptions: MemorySubscriptions;
  readonly encoder: Encoder;
}

/**
 * What the domain works with, all of it in memory and in real time.
 *
 * @param publish - takes what clients broadcast.
 */
export const worldOf = (
  { replays = true, maxEvents = 1_000, messageSize = 2 ** 20 }: WorldSettings,
  gateway: Gateway,
  publish: (broadcast: Broadcast) => Promise<void>,
): World => {
  const store = new MemoryStore(systemClock);
  const meter = new MemoryMeter();
  const settings = { enabled: replays, retention: RETENTION, maxEvents: KEPT };
  return {
    ...{ store, meter, gateway, clock: systemClock },
    history: new MemoryHistory(store, settings, meter, systemClock),
    subscriptions: new MemorySubscriptions(store),
    directory: new MemoryDirectory(store, meter),
    limiter: new WatchedLimiter(),
    scratch: new MemoryScratch(store),
    bus: { publish, hasAmpleRoom: async () => true },
    compression: COMPRESSION,
    encoder: apiGatewayEncoder(COMPRESSION),
    reads: new ReadsInTurn(),
    authenticator: undefined,
    limits: { messageSize, subscriptions: 1_000, patterns: 1_000 },
    replay: { ...settings, maxEvents, batchSize: Math.min(BATCH, maxEvents) },
    onAnswered: () => undefined,
    onFailure: raise,
  };
};
