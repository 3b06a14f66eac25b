import { MemoryConsumers } from '../../../lib/memory/consumers.ts';
import type { MemoryStore } from '../../../lib/memory/store.ts';
import type { ConsumerHeld, ConsumerLease } from '../../../lib/ports/consumers.ts';
import type { Pulled } from '../../../lib/sync/consume/pull.ts';
import { matches } from '../../unit/match/oracle.ts';
import type { Stage } from '../stage/environment.ts';
import type { Cuts } from './cuts.ts';
import type { Kept } from './kept.ts';

/** The user whose back-end follows, and the name by which it does. */
export const FOLLOWER = 'follower';
export const FOLLOWING = 'all';

/** What a worker was handed. */
interface Handed {
  readonly pulled: Pulled;
  /** The lease goes on until then at the least, milliseconds since the plan began. */
  readonly until: number;
  /** It was taken away. */
  isLost: boolean;
}

export interface FollowedParts {
  readonly store: MemoryStore;
  readonly cuts: Cuts;
  readonly kept: Kept;
  /** That there are. */
  readonly channels: readonly string[];
  /** Whether leases last as long as they are to: the clock of Redis may be wrong. */
  readonly areLeasesSure: boolean;
}

/** Judges what the workers of a consumer are handed, and what counts as acknowledged. */
export class Followed {
  readonly #stage: Stage;
  readonly #store: MemoryStore;
  readonly #cuts: Cuts;
  readonly #kept: Kept;
  readonly #channels: readonly string[];
  /** What is followed, and what may be, while that is changed. */
  #patterns: readonly string[] = [];
  #allowed: readonly string[] = [];
  /** From which offset on each channel is to be acknowledged. */
  readonly #from = new Map<string, number>();
  /** Up to where it is. */
  readonly #upTo = new Map<string, number>();
  readonly #handed = new Map<number, Handed>();
  readonly #acknowledged = new Set<number>();
  readonly #ids = new Set<string>();
  /** The fence of the lease that was given last, unless it was taken away. */
  #latest: number | undefined;

  /** Whether leases last as long as they are to: the clock of Redis may be wrong. */
  readonly #areLeasesSure: boolean;

  constructor(stage: Stage, { store, cuts, kept, channels, areLeasesSure }: FollowedParts) {
    this.#areLeasesSure = areLeasesSure;
    this.#stage = stage;
    this.#store = store;
    this.#cuts = cuts;
    this.#kept = kept;
    this.#channels = channels;
  }

  #accuse(what: string): void {
    this.#stage.problems.push(`consumer: ${what}`);
  }

  #isHeard(patterns: readonly string[], channel: string): boolean {
    return patterns.some((pattern) => matches(pattern, channel));
  }

  /** It is asked for other patterns. Until that is answered, nobody knows which are followed. */
  asksFor(patterns: readonly string[]): void {
    this.#allowed = [...this.#patterns, ...patterns];
    for (const channel of this.#channels) {
      if (this.#isHeard(this.#patterns, channel) && this.#isHeard(patterns, channel)) continue;
      this.#from.delete(channel);
      this.#upTo.delete(channel);
    }
  }

  /** They are followed: whatever is appended from now on is to be handed out. */
  follows(patterns: readonly string[]): void {
    this.#patterns = patterns;
    this.#allowed = patterns;
    for (const channel of this.#channels) {
      if (!this.#isHeard(patterns, channel) || this.#from.has(channel)) continue;
      this.#from.set(channel, (this.#store.counters.get(channel)?.offset ?? 0) + 1);
    }
  }

  /** The cursor was placed, or other patterns are followed: whoever has the lease has lost it. */
  placed(): void {
    this.#latest = undefined;
    for (const handed of this.#handed.values()) handed.isLost = true;
  }

  /** Somebody is given the lease. */
  leased(fence: number): void {
    const now = this.#stage.time.elapsed();
    this.#latest = fence;
    for (const [other, handed] of this.#handed) {
      if (other === fence || handed.isLost) continue;
      handed.isLost = true;
      if (this.#areLeasesSure && now < handed.until && !this.#acknowledged.has(other))
        this.#accuse(`${fence} has the lease, though that of ${other} goes on for ${handed.until - now} ms`);
    }
  }

  /** A worker has got something. @param until - to when its lease lasts at the least, milliseconds since the plan began. */
  handed(worker: string, pulled: Pulled, until: number): void {
    const { fence, events, gaps } = pulled;
    if (fence === null) return;
    this.#handed.set(fence, { pulled, until, isLost: fence !== this.#latest });
    for (const { channel, epoch, from, to } of gaps) {
      if (to !== null && this.#cuts.hasCut({ channel }, epoch, to)) continue;
      if (to === null && this.#kept.hasEnded({ channel }, epoch)) continue;
      // Of what it stood nowhere before the last alone is known.
      if (to !== null && this.#kept.mayLack({ channel }, epoch, from ?? to, to)) continue;
      this.#accuse(`gap: ${worker} is told of one of ${channel} (${from}-${to}), and nothing was lost`);
    }
    const last = new Map<string, number>();
    for (const { channel, offset, epoch, id, private: mine } of events) {
      if (offset <= (last.get(channel) ?? 0)) this.#accuse(`${worker} gets ${offset} of ${channel} out of order`);
      last.set(channel, offset);
      this.#ids.add(id);
      if (mine === true) this.#accuse(`${worker} gets ${id}, which is private`);
      if (!this.#isHeard(this.#allowed, channel))
        this.#accuse(`${worker} gets ${id} of ${channel}, which it does not follow`);
      const stored = this.#store.events.get(channel)?.find((each) => each.offset === offset && each.epoch === epoch);
      if (
        stored?.id !== id &&
        !this.#cuts.hasCut({ channel }, epoch, offset) &&
        !this.#kept.mayLack({ channel }, epoch, offset, offset)
      )
        this.#accuse(`${worker} gets ${id} at ${offset} of ${channel}, where ${stored?.id} stands`);
    }
  }

  /** It is acknowledged, in the step that is carried out now. */
  acknowledged(fence: number): void {
    if (this.#acknowledged.has(fence)) return;
    this.#acknowledged.add(fence);
    const handed = this.#handed.get(fence);
    if (handed === undefined) {
      this.#accuse(`${fence} was acknowledged, and handed to nobody`);
      return;
    }
    if (handed.isLost) this.#accuse(`${fence} was acknowledged, though it had lost the lease`);
    const gone = handed.pulled.gaps.flatMap(({ channel, from, to }) => {
      // What is missing from a beginning that nobody knows begins where something was to be handed out.
      const first = from ?? this.#from.get(channel) ?? 1;
      return to === null ? [] : [{ channel, first: Math.min(first, to), offset: to }];
    });
    const kept = handed.pulled.events.map(({ channel, offset }) => ({ channel, first: offset, offset }));
    for (const { channel, first, offset } of [...gone, ...kept].sort((one, other) => one.offset - other.offset)) {
      const upTo = this.#upTo.get(channel);
      const from = this.#from.get(channel);
      const next = (upTo ?? (from === undefined ? Number.POSITIVE_INFINITY : from - 1)) + 1;
      if (first > next) this.#accuse(`${first} of ${channel} was acknowledged, where ${next} is the next`);
      this.#upTo.set(channel, Math.max(offset, upTo ?? 0));
    }
  }

  /** A worker is told what became of its acknowledgement. */
  told(worker: string, fence: number, isTaken: boolean): void {
    // Whoever is told that it lost the lease may have had its answer lost before.
    if (isTaken === this.#acknowledged.has(fence) || (!isTaken && this.#handed.get(fence)?.isLost === true)) return;
    this.#accuse(`${worker} is told that ${fence} was ${isTaken ? '' : 'not '}acknowledged`);
  }

  /** Whether nobody was handed an event that is followed. */
  isLate(channel: string, id: string): boolean {
    // A lease that was given by a wrong clock may last for as much longer.
    return this.#areLeasesSure && this.#isHeard(this.#patterns, channel) && !this.#ids.has(id);
  }

  /** What was appended and not acknowledged, in words. */
  get behind(): readonly string[] {
    return [...this.#from].flatMap(([channel, from]) => {
      const newest = this.#store.counters.get(channel)?.offset ?? 0;
      const upTo = this.#upTo.get(channel) ?? from - 1;
      return newest < from || upTo >= newest ? [] : [`consumer: ${channel} is acknowledged up to ${upTo} of ${newest}`];
    });
  }
}

/** Consumers, of which one is watched. */
export class WatchedConsumers extends MemoryConsumers {
  readonly #followed: Followed;

  constructor(store: MemoryStore, followed: Followed) {
    super(store);
    this.#followed = followed;
  }

  #isWatched(user: string, name: string): boolean {
    return user === FOLLOWER && name === FOLLOWING;
  }

  override async put(user: string, name: string, patterns: readonly string[], cursor: string): Promise<boolean> {
    const before = await super.find(user, name);
    const isThere = await super.put(user, name, patterns, cursor);
    if (before !== undefined && before.patterns.join() !== patterns.join() && this.#isWatched(user, name))
      this.#followed.placed();
    return isThere;
  }

  override async place(user: string, name: string, cursor: string): Promise<boolean> {
    const isThere = await super.place(user, name, cursor);
    if (this.#isWatched(user, name)) this.#followed.placed();
    return isThere;
  }

  override async lease(
    user: string,
    name: string,
    ...how: [caller: string, duration: number]
  ): Promise<ConsumerLease | ConsumerHeld | undefined> {
    const lease = await super.lease(user, name, ...how);
    if (lease !== undefined && 'fence' in lease && this.#isWatched(user, name)) this.#followed.leased(lease.fence);
    return lease;
  }

  override async acknowledge(user: string, name: string, fence: number): Promise<boolean> {
    const isTaken = await super.acknowledge(user, name, fence);
    if (isTaken && this.#isWatched(user, name)) this.#followed.acknowledged(fence);
    return isTaken;
  }
}
