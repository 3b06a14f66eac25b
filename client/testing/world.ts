import { plainEncoder } from '../../lib/gateway/frames.ts';
import { MemoryBroker } from '../../lib/memory/broker.ts';
import { MemoryBus } from '../../lib/memory/bus.ts';
import { MemoryDirectory } from '../../lib/memory/directory.ts';
import { MemoryMeter } from '../../lib/memory/meter.ts';
import { MemoryPostings } from '../../lib/memory/postings.ts';
import { MemoryRateLimiter } from '../../lib/memory/rate-limiter.ts';
import { MemoryScratch } from '../../lib/memory/scratch.ts';
import { MemoryStore } from '../../lib/memory/store.ts';
import { MemorySubscriptions } from '../../lib/memory/subscriptions.ts';
import type { Bus } from '../../lib/ports/bus.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { Gateway } from '../../lib/ports/gateway.ts';
import { type Authenticator, believed, type Identity } from '../../lib/ports/identity.ts';
import { NO_COMPRESSION } from '../../lib/protocol/compression.ts';
import { Audience } from '../../lib/sync/audience.ts';
import { ReadsInTurn } from '../../lib/sync/reads-in-turn.ts';
import { Turns } from '../../lib/sync/turns.ts';
import { RecordedHistory } from './record.ts';

/** What the service allows: as much as one that is deployed with the settings that it comes with. */
const LIMITS = { messageSize: 2 ** 20, subscriptions: 1_000, patterns: 1_000, heartbeatInterval: 30_000 };
const BATCH = 100;
const REPLAYED = 10_000;
/** Queues that channels share: what is of two channels may come in another order than it was published in. */
const SHARDS = 4;
const CAPACITY = 100_000;

const UNLIMITED = {
  ...{ enabled: false, duration: 60_000, block: 0, types: {}, allowed: [] },
  points: { connection: 0, user: 0, global: 0 },
  backEnd: 0,
};

export interface WorldSettings {
  /** Milliseconds for which events are kept. */
  readonly retention: number;
  /** Events that a channel keeps. */
  readonly maxEvents: number;
  /** Who a token is of; undefined where clients are taken at their word. */
  readonly identify: ((token: string) => Promise<Identity | undefined>) | undefined;
  readonly clock: Clock;
  readonly gateway: Gateway;
  /** Told once something waits in a queue. */
  readonly onQueued: () => void;
}

const raise = (error: unknown): never => {
  throw error;
};

/** The service’s domain, with all that it works with in memory. */
export const worldOf = ({ retention, maxEvents, identify, clock, gateway, onQueued }: WorldSettings) => {
  const store = new MemoryStore(clock);
  const meter = new MemoryMeter();
  const directory = new MemoryDirectory(store, meter);
  const subscriptions = new MemorySubscriptions(store);
  const broker = new MemoryBroker({ shards: SHARDS, capacity: CAPACITY });
  const queues = new MemoryBus(broker);
  const bus: Bus = {
    publish: async (broadcast) => {
      await queues.publish(broadcast);
      onQueued();
    },
    hasAmpleRoom: async () => true,
    welcome: async (connection) => {
      await queues.welcome(connection);
      onQueued();
    },
    park: (message) => queues.park(message),
  };
  const authenticator: Authenticator | undefined = identify && {
    identify: async (token) => believed(await identify(token), directory, clock.now()),
  };
  const history = new RecordedHistory(store, { enabled: true, retention, maxEvents }, meter, clock);
  return {
    ...{ store, meter, directory, subscriptions, broker, bus, authenticator, history, gateway, clock },
    limiter: new MemoryRateLimiter(store, UNLIMITED),
    scratch: new MemoryScratch(store),
    turns: new Turns(new MemoryPostings(store, clock), clock),
    audience: new Audience(subscriptions, REPLAYED, raise),
    parking: queues,
    encoder: plainEncoder(),
    compression: NO_COMPRESSION,
    reads: new ReadsInTurn(),
    limits: LIMITS,
    rateLimits: UNLIMITED,
    replay: { enabled: true, retention, batchSize: BATCH, maxEvents: REPLAYED },
    onAnswered: () => undefined,
    onFailure: raise,
  };
};

export type World = ReturnType<typeof worldOf>;
