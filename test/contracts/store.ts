import { it } from 'vitest';
import type { Announced, Backlog } from '../../lib/ports/backlog.ts';
import type { Bell } from '../../lib/ports/bell.ts';
import type { Consumers } from '../../lib/ports/consumers.ts';
import type { Directory } from '../../lib/ports/directory.ts';
import type { HealthReports } from '../../lib/ports/health.ts';
import type { History } from '../../lib/ports/history.ts';
import type { Leases } from '../../lib/ports/leases.ts';
import type { LimitedUsers } from '../../lib/ports/limited.ts';
import type { Counters } from '../../lib/ports/meter.ts';
import type { Past } from '../../lib/ports/past.ts';
import type { Postings } from '../../lib/ports/postings.ts';
import type { RateLimiter, RateLimits } from '../../lib/ports/rate-limiter.ts';
import type { Scratch } from '../../lib/ports/scratch.ts';
import type { ServiceEventKind, ServiceEvents } from '../../lib/ports/service-events.ts';
import type { Subscriptions } from '../../lib/ports/subscriptions.ts';

/** The ports of what stores, as one process has them. */
export interface Adapters {
  readonly history: History;
  readonly postings: Postings;
  readonly backlog: Backlog;
  readonly subscriptions: Subscriptions;
  readonly directory: Directory;
  readonly leases: Leases;
  readonly serviceEvents: ServiceEvents;
  readonly scratch: Scratch;
  readonly consumers: Consumers;
  readonly bell: Bell;

  readonly counters: Counters;
  readonly past: Past;
  limiter(limits: RateLimits): RateLimiter;
  limitedUsers(limits: RateLimits): LimitedUsers;
  healthReports(endpoint: string): HealthReports;
}

/** How a history keeps events. */
export interface Keeping {
  readonly enabled?: boolean;
  /** Milliseconds. */
  readonly retention?: number;
  readonly maxEvents?: number;
  /** Which histories back-ends are to hear. */
  readonly announced?: Announced;
  /** What is told of the service. */
  readonly told?: ReadonlySet<ServiceEventKind>;
}

/** Waited for before each step that an adapter takes. */
export type Pass = () => Promise<void>;

/** Something that stores, empty at first and taken down when the test ends. */
export interface StoreUnderTest {
  /**
   * Adapters of another process; all of one store share what is stored.
   *
   * @param pass - where given, waited for before each step of theirs.
   */
  adapters(keeping?: Keeping, pass?: Pass): Adapters;
  /** Milliseconds since 1970, by the store’s clock. */
  now(): number;
  /** Milliseconds by which the callers’ clocks are ahead of the store’s. */
  ahead: number;
  /** Lets time pass, by all clocks. Where time is real, only what a test can wait for. */
  pass(duration: number): Promise<void>;
}

/** What a contract is held against. */
export interface StoreKind {
  readonly name: string;
  open(): StoreUnderTest | Promise<StoreUnderTest>;
  /** Why minutes cannot be made to pass; undefined where they can. */
  readonly isRealTime: string | undefined;
}

/** A test in which minutes or hours pass; where they cannot, it is shown as skipped, with the reason. */
export const itInTime = ({ isRealTime }: StoreKind, title: string, test: () => Promise<void>): void => {
  if (isRealTime === undefined) it(title, test);
  else it.skip(`${title} (not here: ${isRealTime})`, test);
};
