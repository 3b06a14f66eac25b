import {
  ACKNOWLEDGEMENTS_REMEMBERED,
  CONSUMER_LIFETIME,
  type Consumer,
  type ConsumerHeld,
  type ConsumerLease,
  type Consumers,
  MOST_CONSUMERS,
} from '../ports/consumers.ts';
import { Expiring } from './expiring.ts';
import type { ConsumerRecord, MemoryStore } from './store.ts';

/** Consumers in memory. Holds all that its port guarantees. */
export class MemoryConsumers implements Consumers {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  async put(user: string, name: string, patterns: readonly string[], cursor: string): Promise<boolean> {
    const all = this.#of(user);
    const known = all.get(name);
    if (known === undefined) {
      if (all.size >= MOST_CONSUMERS) return false;
      const made = { patterns, cursor, madeAt: this.#store.clock.now(), fence: 0, until: 0 };
      all.set(name, made, CONSUMER_LIFETIME);
      this.#store.consumersInTurn.add(JSON.stringify([user, name]));
      return true;
    }
    if (JSON.stringify(known.patterns) !== JSON.stringify(patterns)) {
      known.patterns = patterns;
      this.#takeAway(known);
    }
    all.renew(name, CONSUMER_LIFETIME);
    return true;
  }

  async find(user: string, name: string): Promise<Consumer | undefined> {
    const known = this.#of(user).get(name);
    if (known === undefined) return undefined;
    const { patterns, cursor, madeAt, until } = known;
    return { name, patterns, cursor, madeAt, leasedUntil: until > 0 ? until : undefined };
  }

  async round(most: number): Promise<readonly { readonly user: string; readonly name: string }[]> {
    const inTurn = this.#store.consumersInTurn;
    const found = [...inTurn].slice(0, most).flatMap((member) => {
      const [user, name] = JSON.parse(member) as [string, string];
      inTurn.delete(member);
      if (!this.#of(user).has(name)) return [];
      inTurn.add(member);
      return [{ user, name }];
    });
    return found;
  }

  async all(user: string): Promise<readonly Consumer[]> {
    const found = await Promise.all(
      this.#of(user)
        .keys()
        .sort()
        .map((name) => this.find(user, name)),
    );
    return found.filter((each) => each !== undefined);
  }

  async remove(user: string, name: string): Promise<void> {
    this.#of(user).delete(name);
    this.#store.consumersInTurn.delete(JSON.stringify([user, name]));
  }

  async place(user: string, name: string, cursor: string): Promise<boolean> {
    const known = this.#used(user, name);
    if (known === undefined) return false;
    known.cursor = cursor;
    this.#takeAway(known);
    return true;
  }

  async lease(
    user: string,
    name: string,
    caller: string,
    duration: number,
  ): Promise<ConsumerLease | ConsumerHeld | undefined> {
    const known = this.#of(user).get(name);
    if (known === undefined) return undefined;
    const now = this.#store.clock.now();
    const isOwn = known.caller === caller;
    if (known.until > now && !isOwn) return { remaining: known.until - now };
    if (!isOwn) known.fence = this.#nextFence();
    known.until = now + duration;
    known.caller = caller;
    known.offered = undefined;
    this.#used(user, name);
    return { fence: known.fence, patterns: known.patterns, cursor: known.cursor };
  }

  async offer(user: string, name: string, fence: number, cursor: string, duration: number): Promise<boolean> {
    const known = this.#used(user, name, fence);
    if (known === undefined) return false;
    known.offered = cursor;
    known.until = this.#store.clock.now() + duration;
    return true;
  }

  async acknowledge(user: string, name: string, fence: number): Promise<boolean> {
    if (this.#of(user).get(name)?.acknowledged?.includes(fence)) return true;
    const known = this.#used(user, name, fence);
    if (known?.offered === undefined) return false;
    known.cursor = known.offered;
    known.acknowledged = [fence, ...(known.acknowledged ?? [])].slice(0, ACKNOWLEDGEMENTS_REMEMBERED);
    this.#end(known);
    return true;
  }

  async giveBack(user: string, name: string, fence: number, cursor: string): Promise<boolean> {
    const known = this.#used(user, name, fence);
    if (known === undefined) return false;
    known.cursor = cursor;
    this.#end(known);
    return true;
  }

  #of(user: string): Expiring<ConsumerRecord> {
    const known = this.#store.consumers.get(user) ?? new Expiring(this.#store.clock);
    this.#store.consumers.set(user, known);
    return known;
  }

  /** @param fence - of the lease under which it is used; of any where absent. */
  #used(user: string, name: string, fence?: number): ConsumerRecord | undefined {
    const known = this.#of(user).get(name);
    if (known === undefined || (fence !== undefined && known.fence !== fence)) return undefined;
    this.#of(user).renew(name, CONSUMER_LIFETIME);
    return known;
  }

  #takeAway(known: ConsumerRecord): void {
    known.acknowledged = undefined;
    this.#end(known);
  }

  /** Under another fence, so that an offer that arrives late leases it to nobody. */
  #end(known: ConsumerRecord): void {
    known.fence = this.#nextFence();
    known.until = 0;
    known.caller = undefined;
    known.offered = undefined;
  }

  #nextFence(): number {
    const store = this.#store;
    store.consumerFence = Math.max(Math.round(1_000 * store.clock.now()), store.consumerFence + 1);
    return store.consumerFence;
  }
}
