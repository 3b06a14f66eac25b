import { MemoryBacklog } from '../../lib/memory/backlog.ts';
import { MemoryBell } from '../../lib/memory/bell.ts';
import { MemoryConsumers } from '../../lib/memory/consumers.ts';
import { MemoryCounters } from '../../lib/memory/counters.ts';
import { MemoryDirectory } from '../../lib/memory/directory.ts';
import { MemoryHealthReports } from '../../lib/memory/health-reports.ts';
import { MemoryHistory } from '../../lib/memory/history.ts';
import { MemoryLeases } from '../../lib/memory/leases.ts';
import { MemoryLimitedUsers } from '../../lib/memory/limited.ts';
import { MemoryMeter } from '../../lib/memory/meter.ts';
import { MemoryPast } from '../../lib/memory/past.ts';
import { MemoryPostings } from '../../lib/memory/postings.ts';
import { MemoryRateLimiter } from '../../lib/memory/rate-limiter.ts';
import { MemoryScratch } from '../../lib/memory/scratch.ts';
import { MemoryServiceEvents } from '../../lib/memory/service-events.ts';
import type { MemoryStore } from '../../lib/memory/store.ts';
import { MemorySubscriptions } from '../../lib/memory/subscriptions.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import { passing } from './passing.ts';
import type { Adapters, Keeping, Pass } from './store.ts';

/** What the adapters have in common where a test says nothing else. */
export const KEPT = { enabled: true, retention: 60_000, maxEvents: 1_000 };

/** The adapters of one process in memory, of which each call is a step. */
export const memoryAdapters = (store: MemoryStore, clock: Clock, keeping: Keeping = {}, pass?: Pass): Adapters => {
  const meter = new MemoryMeter();
  const adapters: Adapters = {
    history: new MemoryHistory(store, { ...KEPT, ...keeping }, meter, clock),
    postings: new MemoryPostings(store, clock),
    backlog: new MemoryBacklog(store, clock),
    subscriptions: new MemorySubscriptions(store, undefined, keeping.told),
    directory: new MemoryDirectory(store, meter, keeping.told),
    leases: new MemoryLeases(store),
    past: new MemoryPast(store),
    healthReports: (endpoint) => new MemoryHealthReports(store, endpoint),
    serviceEvents: new MemoryServiceEvents(store),
    scratch: new MemoryScratch(store),
    consumers: new MemoryConsumers(store),
    bell: new MemoryBell(store),
    counters: new MemoryCounters(store),
    limitedUsers: (limits) => new MemoryLimitedUsers(store, limits),
    limiter: (limits) => new MemoryRateLimiter(store, limits),
  };
  if (pass === undefined) return adapters;
  const { directory, subscriptions, history } = adapters;
  return {
    ...adapters,
    directory: passing(directory, pass),
    subscriptions: passing(subscriptions, pass),
    history: passing(history, pass),
  };
};
