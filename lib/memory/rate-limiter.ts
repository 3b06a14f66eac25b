import { Debts } from '../ports/debts.ts';
import { cameNear, type LimitName } from '../ports/limited.ts';
import {
  type Exceeded,
  fairShare,
  type Kept,
  type RateLimiter,
  type RateLimits,
  type Toll,
} from '../ports/rate-limiter.ts';
import { noteLimit } from './limited.ts';
import type { MemoryStore } from './store.ts';

/** What one frame takes from one limit. */
interface Charge extends LimitName {
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
  readonly #debts = new Debts();

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
    if (!this.#isCounted(toll.user)) return undefined;
    const charges = this.#chargesOf(this.#debts.addedTo(toll));
    const { user, backEnd, kept } = toll;
    const quota = backEnd === 'claimed' || kept === undefined ? undefined : this.#limits.quota;
    if (quota === undefined || kept === undefined) return this.#take(charges);
    const wait = {
      stored: this.#fill('stored', user, kept.stored),
      passing: this.#fill('passing', user, kept.passing),
    };
    const full = wait.stored > 0 ? 'stored' : wait.passing > 0 ? 'passing' : undefined;
    // What the quota refuses counts for its user, and for nobody else.
    const limited = this.#take(charges.filter(({ level }) => full === undefined || level !== 'global'));
    if (limited === undefined && full === undefined) return undefined;
    for (const level of ['stored', 'passing'] as const) if (wait[level] === 0) this.#fill(level, user, -kept[level]);
    if (limited !== undefined || full === undefined) return limited;
    noteLimit(this.#store, { user, level: full }, true);
    const { bytes: points, duration } = quota[full];
    return { level: full, points, duration, retryAfter: wait[full], persistent: false };
  }

  owe(user: string, work: number): void {
    if (this.#isCounted(user)) this.#debts.add(user, work);
  }

  async takeHandshake(user: string): Promise<Exceeded | undefined> {
    return this.#isCounted(user) ? this.#take([this.#userCharge(user, 1)]) : undefined;
  }

  /** Puts bytes into a bucket. @returns how long until they fit, ms; 0 where they did. */
  #fill(level: keyof Kept, user: string, wanted: number): number {
    const { buckets, clock } = this.#store;
    const quota = this.#limits.quota?.[level];
    if (quota === undefined || wanted === 0) return 0;
    const key = `${level}\n${user}`;
    const { bytes: held, at } = buckets.get(key) ?? { bytes: 0, at: clock.now() };
    const { bytes: size, duration } = quota;
    const left = Math.max(held - (Math.max(clock.now() - at, 0) * size) / duration, 0);
    const bytes = Math.min(wanted, size);
    const over = left + bytes - size;
    if (bytes > 0 && over > 0) return Math.max(Math.ceil((over * duration) / size), 1);
    const filled = Math.ceil(Math.max(left + bytes, 0));
    if (filled > 0) buckets.set(key, { bytes: filled, at: clock.now() }, Math.ceil((filled * duration) / size));
    else buckets.delete(key);
    return 0;
  }

  /** From the narrowest on, up to the first that refuses: those behind it count nothing. */
  #take(charges: readonly Charge[]): Exceeded | undefined {
    for (const charge of charges) {
      const exceeded = charge.level === 'global' ? this.#share(charge, charges.at(-2)) : this.#charge(charge);
      if (exceeded !== undefined) return exceeded;
    }
    return undefined;
  }

  /** Takes from what everyone may send; where that is used up, nothing, and only those are refused who had their share. */
  #share({ level, user: name, key, points, cost }: Charge, user: Charge | undefined): Exceeded | undefined {
    const { limits, clock } = this.#store;
    const now = clock.now();
    const { duration } = this.#limits;
    const everyone = limits.get(key) ?? { points: 0, until: now + duration, users: new Set() };
    // Where the clock was set back, a count of before would last for as much longer.
    everyone.until = Math.min(everyone.until, now + duration);
    limits.set(key, everyone, everyone.until - now);
    everyone.users?.add(user?.key ?? '');
    if (everyone.points + cost <= points) {
      everyone.points += cost;
      return undefined;
    }
    const used = user === undefined ? 0 : (limits.get(user.key)?.points ?? 0);
    if (used <= fairShare(points, everyone.users?.size ?? 0)) return undefined;
    noteLimit(this.#store, { user: name, level }, true);
    return { level, points, duration, retryAfter: everyone.until - now, persistent: false };
  }

  #charge(charge: Charge): Exceeded | undefined {
    const { level, key, points, cost, block } = charge;
    const { limits, clock } = this.#store;
    const now = clock.now();
    const { duration } = this.#limits;
    const counted = limits.get(key) ?? { points: 0, until: now + duration };
    counted.points += cost;
    if (counted.points > points) counted.until = Math.min(counted.until, now + Math.max(duration, this.#limits.block));
    const isFirstBeyond = counted.points > points && counted.points <= points + cost;
    if (isFirstBeyond && block > 0) counted.until = now + block;
    limits.set(key, counted, counted.until - now);
    if (isFirstBeyond || (counted.points <= points && cameNear(points, counted.points, cost))) {
      noteLimit(this.#store, charge, isFirstBeyond);
    }
    if (counted.points <= points) return undefined;
    // As many refused as were allowed.
    return { level, points, duration, retryAfter: counted.until - now, persistent: counted.points > 2 * points };
  }

  #isCounted(user: string): boolean {
    return this.#limits.enabled && !this.#allowed.has(user);
  }

  /** Narrowest first. */
  #chargesOf({ connection, user, backEnd, messages, counted = 0, work = 0 }: Toll): readonly Charge[] {
    if (!this.#isCounted(user)) return [];
    const { points, types, block } = this.#limits;
    const charges: Charge[] = [];
    let cost = -counted;
    for (const [type, count] of messages) {
      cost += count;
      const most = Object.hasOwn(types, type) ? types[type] : undefined;
      if (most === undefined || connection === undefined || backEnd !== undefined) continue;
      const key = `type:${type}\n${connection}`;
      const of = { user, connection, type };
      charges.push({ level: 'messageType', ...of, key, points: most, cost: count, block });
    }
    if (cost + work <= 0) return charges;
    const costOf = (most: number): number => cost + Math.min(work, Math.max(0, most - cost));
    if (connection !== undefined && backEnd === undefined) {
      const most = points.connection;
      charges.push({
        ...{
          level: 'connection',
          user,
          connection,
          key: `connection\n${connection}`,
          points: most,
          cost: costOf(most),
          block,
        },
      });
    }
    const most = points.global;
    // Never blocked beyond its duration: that would shut everyone out for what some did.
    const everyone: Charge = { level: 'global', user, key: 'global', points: most, cost: costOf(most), block: 0 };
    const own =
      backEnd === undefined
        ? this.#userCharge(user, costOf(points.user))
        : this.#backEndCharge(user, costOf(this.#limits.backEnd));
    return backEnd === 'claimed' ? [own] : [...charges, own, everyone];
  }

  #backEndCharge(user: string, cost: number): Charge {
    const { backEnd, block } = this.#limits;
    return { level: 'backend', user, key: `backend\n${user}`, points: backEnd, cost, block };
  }

  #userCharge(user: string, cost: number): Charge {
    const { points, block } = this.#limits;
    return { level: 'user', user, key: `user\n${user}`, points: points.user, cost, block };
  }
}
