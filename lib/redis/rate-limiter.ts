import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from '../inside/rate-limiter-flexible.ts';
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
import type { RedisClient } from './client.ts';
import { Remembered } from './generation.ts';
import type { Keys } from './keys.ts';
import { noteLimit } from './limited.ts';
import { Refusals } from './refusals.ts';

/** One limit, counted in Redis, and in this process while Redis is away. */
interface Limit {
  readonly level: Exceeded['level'];
  readonly points: number;
  /** Milliseconds for which it refuses once it was exceeded; 0 for the rest of the duration. */
  readonly block: number;
  readonly shared: RateLimiterRedis;
  readonly own: RateLimiterMemory;
}

/** What one frame takes from one limit. */
interface Charge {
  readonly limit: Limit;
  readonly key: string;
  readonly cost: number;
  /** Of which connection and which type it is, where it is of one. */
  readonly connection?: string;
  readonly type?: string;
}

interface Outcome {
  readonly isRefused: boolean;
  readonly consumed: number;
  /** Milliseconds until the limit lets pass again. */
  readonly wait: number;
  /** Users who sent something, of a limit that is theirs together and used up. */
  readonly users?: number;
}

/** What charges came to, in the order of these. */
interface Taking {
  readonly where: 'shared' | 'own';
  readonly outcomes: readonly Outcome[];
}

/** What one frame takes of a quota. */
interface Filling {
  readonly level: keyof Kept;
  readonly key: string;
  readonly bytes: number;
  readonly quota: { readonly bytes: number; readonly duration: number };
}

/** Milliseconds in which this process notes once that a user’s quota, or what is everyone’s, refuses. */
const NOTED_EACH = 10_000;

/** Users of whom that is remembered. */
const MOST_NOTED = 10_000;

const LEVELS_OF_QUOTA = ['stored', 'passing'] as const satisfies readonly (keyof Kept)[];

const taken = async (limiter: RateLimiterRedis | RateLimiterMemory, key: string, cost: number): Promise<Outcome> => {
  try {
    const { consumedPoints, msBeforeNext } = await limiter.consume(key, cost);
    return { isRefused: false, consumed: consumedPoints, wait: msBeforeNext };
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    return { isRefused: true, consumed: refusal.consumedPoints, wait: refusal.msBeforeNext };
  }
};

const nameOf = (user: string, { limit: { level }, connection, type }: Charge): LimitName => ({
  user,
  level,
  ...(connection !== undefined && { connection }),
  ...(type !== undefined && { type }),
});

const exceeded = ({ level, points, shared }: Limit, consumed: number, wait: number): Exceeded => ({
  level,
  points,
  duration: shared.duration * 1_000,
  retryAfter: wait,
  // As many refused as were allowed.
  persistent: level !== 'global' && consumed > 2 * points,
});

/**
 * Limits in Redis. Each level is a counter of its own, and all are taken from in one tick, so in one round trip. What
 * the wider ones counted of a frame that a narrower one refused is given back, whether they would have refused it or not,
 * and the narrowest alone is blocked; and once a limit is known to be used up, the wider ones are not asked again until it
 * lets pass.
 */
export class RedisRateLimiter implements RateLimiter {
  readonly #keys: Keys;
  readonly #limits: RateLimits;
  readonly #allowed: ReadonlySet<string>;
  readonly #onFallback: (error: unknown) => void;
  readonly #connection: Limit;
  readonly #user: Limit;
  readonly #backEnd: Limit;
  readonly #global: Limit;
  readonly #redis: RedisClient;
  /** Those who sent something while Redis was away, since when. */
  readonly #own: { readonly users: Set<string>; since: number } = { users: new Set(), since: 0 };
  readonly #types: ReadonlyMap<string, Limit>;
  readonly #refusals: Remembered<Refusals>;
  /** Until when it need not be noted again, by level and user: milliseconds of `performance.now`. */
  readonly #noted = new Map<string, number>();
  readonly #debts = new Debts();

  /** @param onFallback - told of every frame that is counted in this process alone, and why. */
  constructor(redis: RedisClient, keys: Keys, limits: RateLimits, onFallback: (error: unknown) => void) {
    this.#redis = redis;
    this.#keys = keys;
    this.#refusals = new Remembered(redis, () => new Refusals());
    this.#limits = limits;
    this.#allowed = new Set(limits.allowed);
    this.#onFallback = onFallback;
    const limitOf = (level: Exceeded['level'], points: number, block: number): Limit => {
      const options = { keyPrefix: '', points, duration: limits.duration / 1_000 };
      return {
        level,
        points,
        block,
        shared: new RateLimiterRedis({ ...options, storeClient: redis }),
        own: new RateLimiterMemory(options),
      };
    };
    const { points, backEnd, block, types } = limits;
    this.#connection = limitOf('connection', points.connection, block);
    this.#user = limitOf('user', points.user, block);
    this.#backEnd = limitOf('backend', backEnd, block);
    // Never blocked beyond its duration: that would shut everyone out for what some did.
    this.#global = limitOf('global', points.global, 0);
    this.#types = new Map(Object.entries(types).map(([type, most]) => [type, limitOf('messageType', most, block)]));
  }

  refuse(toll: Toll): Exceeded | undefined {
    return this.#isCounted(toll.user) ? this.#refuse(this.#chargesOf(toll)[0] as Charge) : undefined;
  }

  async take(toll: Toll): Promise<Exceeded | undefined> {
    if (!this.#isCounted(toll.user)) return undefined;
    return this.#take(toll.user, this.#chargesOf(this.#debts.addedTo(toll)), this.#fillingsOf(toll));
  }

  owe(user: string, work: number): void {
    if (this.#isCounted(user)) this.#debts.add(user, work);
  }

  async takeHandshake(user: string): Promise<Exceeded | undefined> {
    if (!this.#isCounted(user)) return undefined;
    const charge = this.#chargeOf(this.#user, 'user', user, 1);
    return this.#refuse(charge) ?? this.#take(user, [charge]);
  }

  #refuse({ limit, key, cost }: Charge): Exceeded | undefined {
    const refusal = this.#refusals.value.refuse(key, cost, limit.points);
    return refusal && exceeded(limit, refusal.consumed, refusal.wait);
  }

  async #take(
    user: string,
    wanted: readonly Charge[],
    fillings: readonly Filling[] = [],
  ): Promise<Exceeded | undefined> {
    const charges = this.#upToUsedUp(wanted);
    const [taking, waits] = await Promise.all([
      this.#charge(charges),
      Promise.all(fillings.map((filling) => this.#fill(filling))),
    ]);
    const limited = await this.#limited(user, charges, taking);
    const full = waits.findIndex((wait) => wait > 0);
    if (limited === undefined && full < 0) return undefined;
    await this.#tidy(async () => {
      const fitted = fillings.filter((_, i) => waits[i] === 0);
      await Promise.all(fitted.map(({ bytes, ...filling }) => this.#fill({ ...filling, bytes: -bytes })));
      if (limited === undefined) await this.#noteNowAndThen({ user, level: (fillings[full] as Filling).level });
    });
    if (limited !== undefined) return limited;
    // It counts for its user, and for nobody else.
    const everyone = charges.find(({ limit }) => limit === this.#global);
    const isTaken = taking.outcomes[charges.length - 1]?.isRefused === false;
    if (everyone !== undefined && isTaken) {
      await this.#tidy(async () => {
        await everyone.limit[taking.where].reward(everyone.key, everyone.cost);
      });
    }
    const { level, quota } = fillings[full] as Filling;
    const retryAfter = waits[full] as number;
    return { level, points: quota.bytes, duration: quota.duration, retryAfter, persistent: false };
  }

  /** The narrowest limit that was reached; what wider ones counted is given back. */
  async #limited(user: string, charges: readonly Charge[], { outcomes, where }: Taking): Promise<Exceeded | undefined> {
    const narrowest = outcomes.findIndex(({ isRefused }) => isRefused);
    if (where === 'shared') await this.#noteNear(user, charges, outcomes);
    if (narrowest < 0) return undefined;

    const { limit, key, cost } = charges[narrowest] as Charge;
    const { consumed, wait: known } = outcomes[narrowest] as Outcome;
    // Where the clock of Redis was set back, a count of before would last for as much longer.
    const longest = Math.max(this.#limits.duration, limit.block);
    const left = Math.min(known, longest);
    if (limit === this.#global) {
      // Nothing was taken of it: what is refused here, or let through as a share, counts for its user alone.
      const used = outcomes[narrowest - 1]?.consumed ?? 0;
      const isShare = used <= fairShare(limit.points, outcomes[narrowest]?.users ?? 0);
      if (isShare) return undefined;
      if (where === 'shared') await this.#tidy(() => this.#noteNowAndThen({ user, level: limit.level }));
      return exceeded(limit, consumed, left);
    }
    const isFirstBeyond = consumed <= limit.points + cost;
    const wait = isFirstBeyond && limit.block > 0 ? limit.block : left;
    this.#refusals.value.note(key, wait, consumed);
    await this.#tidy(async () => {
      const block = wait === left ? undefined : limit[where].set(key, consumed, wait / 1_000);
      const givenBack = charges.flatMap((wider, i) => {
        const wasTaken = i > narrowest && !(wider.limit === this.#global && outcomes[i]?.isRefused);
        return wasTaken ? [wider.limit[where].reward(wider.key, wider.cost)] : [];
      });
      const ended = block === undefined && known > longest && this.#redis.pexpire(key, longest);
      const isNoted = isFirstBeyond && where === 'shared';
      const noted = isNoted && this.#note(nameOf(user, charges[narrowest] as Charge), true);
      await Promise.all([block, ended, noted, ...givenBack]);
    });
    return exceeded(limit, consumed, wait);
  }

  /** What follows a refusal. Where it fails, some limits count a little too much, or refuse for less long. */
  async #tidy(steps: () => Promise<void>): Promise<void> {
    try {
      await steps();
    } catch (error) {
      this.#onFallback(error);
    }
  }

  /** Notes limits that came near: of the frame that brought them there, and no other. */
  async #noteNear(user: string, charges: readonly Charge[], outcomes: readonly Outcome[]): Promise<void> {
    const near = charges.filter(({ limit, cost }, i) => {
      const { consumed, isRefused } = outcomes[i] as Outcome;
      return limit !== this.#global && !isRefused && cameNear(limit.points, consumed, cost);
    });
    if (near.length === 0) return;
    await this.#tidy(async () => {
      await Promise.all(near.map((charge) => this.#note(nameOf(user, charge), false)));
    });
  }

  /** Notes a refusal that nothing counts: each would be another. */
  async #noteNowAndThen(name: LimitName): Promise<void> {
    const now = performance.now();
    const key = `${name.level} ${name.user}`;
    if ((this.#noted.get(key) ?? 0) > now) return;
    if (this.#noted.size >= MOST_NOTED) this.#noted.clear();
    this.#noted.set(key, now + NOTED_EACH);
    await this.#note(name, true);
  }

  #note(name: LimitName, isRefused: boolean): Promise<void> {
    return noteLimit(this.#redis, this.#keys, name, isRefused);
  }

  #isCounted(user: string): boolean {
    return this.#limits.enabled && !this.#allowed.has(user);
  }

  #chargeOf(limit: Limit, level: string, name: string, cost: number): Charge {
    return { limit, key: this.#keys.limit(level, name), cost };
  }

  /** Narrowest first. */
  #chargesOf({ connection, user, backEnd, messages, counted = 0, work = 0 }: Toll): readonly Charge[] {
    let cost = -counted;
    const charges: Charge[] = [];
    for (const [type, count] of messages) {
      cost += count;
      const limit = this.#types.get(type);
      if (limit === undefined || connection === undefined || backEnd !== undefined) continue;
      charges.push({ ...this.#chargeOf(limit, `type:${type}`, connection, count), connection, type });
    }
    if (cost + work <= 0) return charges;
    const charge = (limit: Limit, name: string, of: Pick<Charge, 'connection'> = {}): void => {
      const { level, points } = limit;
      const most = cost + Math.min(work, Math.max(0, points - cost));
      charges.push({ ...this.#chargeOf(limit, level, name, most), ...of });
    };
    if (connection !== undefined && backEnd === undefined) charge(this.#connection, connection, { connection });
    if (backEnd === undefined) charge(this.#user, user);
    else charge(this.#backEnd, user);
    if (backEnd !== 'claimed') charge(this.#global, 'everyone');
    return charges;
  }

  /**
   * Those up to the first that is known to refuse: it is asked, for it counts how often it must, and is told of what it
   * refused since it was asked last.
   */
  #upToUsedUp(charges: readonly Charge[]): readonly Charge[] {
    const usedUp = charges.findIndex(({ key }) => this.#refusals.value.has(key));
    if (usedUp < 0) return charges;
    const charge = charges[usedUp] as Charge;
    return [...charges.slice(0, usedUp), { ...charge, cost: charge.cost + this.#refusals.value.take(charge.key) }];
  }

  #fillingsOf({ user, backEnd, kept }: Toll): readonly Filling[] {
    const { quota } = this.#limits;
    if (quota === undefined || kept === undefined || backEnd === 'claimed') return [];
    return LEVELS_OF_QUOTA.filter((level) => kept[level] > 0).map((level) => ({
      ...{ level, key: this.#keys.limit(level, user), bytes: kept[level], quota: quota[level] },
    }));
  }

  /** @returns how long until the bytes fit, ms; 0 where they did. */
  async #fill({ key, bytes, quota }: Filling): Promise<number> {
    try {
      return await this.#redis.fill(key, Math.min(bytes, quota.bytes), quota.bytes, quota.duration);
    } catch (error) {
      this.#onFallback(error);
      return 0;
    }
  }

  async #charge(charges: readonly Charge[]): Promise<Taking> {
    try {
      return await this.#chargeIn('shared', charges);
    } catch (error) {
      this.#onFallback(error);
      return this.#chargeIn('own', charges);
    }
  }

  async #chargeIn(where: Taking['where'], charges: readonly Charge[]): Promise<Taking> {
    const user = charges.find(({ limit }) => limit === this.#user || limit === this.#backEnd)?.key ?? '';
    const outcomes = await Promise.all(
      charges.map((charge) => {
        const { limit, key, cost } = charge;
        if (limit !== this.#global) return taken(limit[where], key, cost);
        return where === 'shared' ? this.#share(charge, user) : this.#shareOwn(charge, user);
      }),
    );
    return { where, outcomes };
  }

  async #share({ limit, key, cost }: Charge, user: string): Promise<Outcome> {
    const { duration } = this.#limits;
    const users = this.#keys.limit('users', 'everyone');
    const [isUsedUp, consumed, wait, sent] = await this.#redis.share(key, users, cost, limit.points, duration, user);
    return { isRefused: isUsedUp === 1, consumed, wait, users: sent };
  }

  /** The same in this process alone. */
  async #shareOwn({ limit, key, cost }: Charge, user: string): Promise<Outcome> {
    const now = performance.now();
    if (now - this.#own.since > this.#limits.duration) this.#own.users.clear();
    if (this.#own.users.size === 0) this.#own.since = now;
    this.#own.users.add(user);
    const outcome = await taken(limit.own, key, cost);
    if (outcome.isRefused) await limit.own.reward(key, cost);
    return { ...outcome, users: this.#own.users.size };
  }
}
