import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { MemoryRateLimiter } from '../../../lib/memory/rate-limiter.ts';
import { MemoryStore } from '../../../lib/memory/store.ts';
import type { Exceeded, RateLimiter, Toll } from '../../../lib/ports/rate-limiter.ts';

const UNLIMITED = Number.POSITIVE_INFINITY;

export const LIMITS = {
  enabled: true,
  duration: 60_000,
  block: 0,
  points: { connection: UNLIMITED, user: UNLIMITED, global: UNLIMITED },
  backEnd: UNLIMITED,
  allowed: [],
};

/** Limits that nobody reaches, unless the test says so; they show what was counted. */
export class WatchedLimiter implements RateLimiter {
  readonly #inner: MemoryRateLimiter;
  readonly taken: Toll[] = [];
  /** Points that are owed, by anybody. */
  owed = 0;
  exceeded: Exceeded | undefined;
  /** What is refused without being taken. */
  known: Exceeded | undefined;

  /** @param types - messages of a type that one connection may send, by type. */
  constructor(types: Readonly<Record<string, number>> = {}) {
    this.#inner = new MemoryRateLimiter(new MemoryStore(new ManualClock()), { ...LIMITS, types });
  }

  async takeHandshake(user: string): Promise<Exceeded | undefined> {
    return this.exceeded ?? this.#inner.takeHandshake(user);
  }

  refuse(toll: Toll): Exceeded | undefined {
    return this.known ?? this.#inner.refuse(toll);
  }

  owe(user: string, work: number): void {
    this.owed += work;
    this.#inner.owe(user, work);
  }

  async take(toll: Toll): Promise<Exceeded | undefined> {
    this.taken.push(toll);
    return this.exceeded ?? this.#inner.take(toll);
  }
}
