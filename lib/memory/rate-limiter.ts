import { type Exceeded, fairShare, type RateLimiter, type RateLimits, type Toll } from '../ports/rate-limiter.ts';
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

/** Under which it is counted how many users sent something in a duration. */
const USERS = 'users';

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
      if (exceeded === undefined) continue;
      return charge.level === 'global' ? this.#beyondShare(charge, charges.at(-2), exceeded) : exceeded;
    }
    return undefined;
  }

  /** What everyone may send is used up: for those who had their share of it, to whom alone it counts. */
  #beyondShare({ key, points, cost }: Charge, user: Charge | undefined, exceeded: Exceeded): Exceeded | undefined {
    const { limits } = this.#store;
    const used = user === undefined ? 0 : (limits.get(user.key)?.points ?? 0);
    if (used <= fairShare(points, limits.get(USERS)?.points ?? 0)) return undefined;
    const counted = limits.get(key);
    if (counted !== undefined) counted.points -= cost;
    return exceeded;
  }

  #charge({ level, key, points, cost, block }: Charge): Exceeded | undefined {
    const { limits, clock } = this.#store;
    const now = clock.now();
    const { duration } = this.#limits;
    const known = limits.get(key);
    const counted = known ?? { points: 0, until: now + duration };
    if (known === undefined && level === 'user') this.#countUser(now);
    counted.points += cost;
    if (counted.points > points && counted.points <= points + cost && block > 0) counted.until = now + block;
    limits.set(key, counted, counted.until - now);
    if (counted.points <= points) return undefined;
    // As many refused as were allowed.
    const persistent = level !== 'global' && counted.points > 2 * points;
    return { level, retryAfter: counted.until - now, persistent };
  }

  /** A user sent something for the first time in a duration. */
  #countUser(now: number): void {
    const users = this.#store.limits.get(USERS) ?? { points: 0, until: now + this.#limits.duration };
    users.points++;
    this.#store.limits.set(USERS, users, users.until - now);
  }

  #isCounted(user: string): boolean {
    return this.#limits.enabled && !this.#allowed.has(user);
  }

  /** Narrowest first. */
  #chargesOf({ connection, user, messages, counted = 0, work = 0 }: Toll): readonly Charge[] {
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
    if (cost + work <= 0) return charges;
    const costOf = (most: number): number => cost + Math.min(work, Math.max(0, most - cost));
    if (connection !== undefined) {
      const most = points.connection;
      charges.push({
        ...{ level: 'connection', key: `connection\n${connection}`, points: most, cost: costOf(most), block },
      });
    }
    const most = points.global;
    // Never blocked beyond its duration: that would shut everyone out for what some did.
    const everyone: Charge = { level: 'global', key: 'global', points: most, cost: costOf(most), block: 0 };
    return [...charges, this.#userCharge(user, costOf(points.user)), everyone];
  }

  #userCharge(user: string, cost: number): Charge {
    const { points, block } = this.#limits;
    return { level: 'user', key: `user\n${user}`, points: points.user, cost, block };
  }
}
