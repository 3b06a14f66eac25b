import type { Exceeded, RateLimiter, RateLimits, Toll } from '../ports/rate-limiter.ts';
import type { MemoryStore } from './store.ts';

/** What one frame takes from one limit. */
interface Charge {
  readonly level: Exceeded['level'];
  readonly key: string;
  readonly points: number;
  readonly cost: number;
  /** Milliseconds it is refused for longer once the limit is exceeded; 0 for the rest of the duration. */
  readonly block: number;
}

/** Limits in memory. Holds all that its port guarantees: every count is shared, and nothing is told from what was known. */
export class MemoryRateLimiter implements RateLimiter {
  readonly #store: MemoryStore;
  readonly #limits: RateLimits;
  readonly #allowed: ReadonlySet<string>;

  constructor(store: MemoryStore, limits: RateLimits) {
    this.#store = store;
    this.#limits = limits;
    this.#allowed = new Set(limits.allowed);
  }

  refuse(toll: Toll): Exceeded | undefined {
    const [narrowest] = this.#chargesOf(toll);
    if (narrowest === undefined) return undefined;
    const counted = this.#store.limits.get(narrowest.key);
    return counted !== undefined && counted.points > narrowest.points ? this.#take([narrowest]) : undefined;
  }

  async take(toll: Toll): Promise<Exceeded | undefined> {
    return this.#take(this.#chargesOf(toll));
  }

  async takeHandshake(user: string): Promise<Exceeded | undefined> {
    return this.#isCounted(user) ? this.#take([this.#userCharge(user, 1)]) : undefined;
  }

  /** From the narrowest on, up to the first that refuses: those behind it count nothing. */
  #take(charges: readonly Charge[]): Exceeded | undefined {
    for (const charge of charges) {
      const exceeded = this.#charge(charge);
      if (exceeded !== undefined) return exceeded;
    }
    return undefined;
  }

  #charge({ level, key, points, cost, block }: Charge): Exceeded | undefined {
    const { limits, clock } = this.#store;
    const now = clock.now();
    const { duration } = this.#limits;
    const counted = limits.get(key) ?? { points: 0, until: now + duration };
    counted.points += cost;
    if (counted.points > points && counted.points <= points + cost && block > 0) counted.until = now + block;
    limits.set(key, counted, counted.until - now);
    if (counted.points <= points) return undefined;
    // As many refused as were allowed.
    const persistent = level !== 'global' && counted.points > 2 * points;
    return { level, retryAfter: counted.until - now, persistent };
  }

  #isCounted(user: string): boolean {
    return this.#limits.enabled && !this.#allowed.has(user);
  }

  /** Narrowest first. */
  #chargesOf({ connection, user, messages, counted = 0 }: Toll): readonly Charge[] {
    if (!this.#isCounted(user)) return [];
    const { points, types, block } = this.#limits;
    const charges: Charge[] = [];
    let cost = -counted;
    for (const [type, count] of messages) {
      cost += count;
      const most = Object.hasOwn(types, type) ? types[type] : undefined;
      if (most === undefined || connection === undefined) continue;
      const key = `type:${type}\n${connection}`;
      charges.push({ level: 'messageType', key, points: most, cost: count, block });
    }
    if (cost <= 0) return charges;
    if (connection !== undefined) {
      charges.push({ level: 'connection', key: `connection\n${connection}`, points: points.connection, cost, block });
    }
    // Never blocked beyond its duration: that would shut everyone out for what some did.
    const everyone: Charge = { level: 'global', key: 'global', points: points.global, cost, block: 0 };
    return [...charges, this.#userCharge(user, cost), everyone];
  }

  #userCharge(user: string, cost: number): Charge {
    const { points, block } = this.#limits;
    return { level: 'user', key: `user\n${user}`, points: points.user, cost, block };
  }
}
