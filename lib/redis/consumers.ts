import * as v from 'valibot';
import {
  ACKNOWLEDGEMENTS_REMEMBERED,
  CONSUMER_LIFETIME,
  type Consumer,
  type ConsumerHeld,
  type ConsumerLease,
  type Consumers,
  MOST_CONSUMERS,
} from '../ports/consumers.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';

const texts = v.array(v.string());
const patternsOf = (stored: string): readonly string[] => v.parse(texts, JSON.parse(stored));

/** Names, the one key of several and what each step is told first. */
type Place = readonly [consumer: string, names: string, name: string, lifetime: number];

interface Named {
  readonly user: string;
  readonly name: string;
}

/** No name has a line break. */
const memberOf = (user: string, name: string): string => `${user}\n${name}`;

/** Consumers in Redis, a hash for each. All of a user lie in one slot. */
export class RedisConsumers implements Consumers {
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  constructor(redis: RedisClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async put(user: string, name: string, patterns: readonly string[], cursor: string): Promise<boolean> {
    const place = this.#placeOf(user, name);
    // First, so that none is there of which nobody looks how late it is.
    await this.#note(user, name);
    const made = await orAway(this.#redis.appoint(...place, JSON.stringify(patterns), cursor, MOST_CONSUMERS));
    // Somebody may have removed one of that name meanwhile.
    if (made === 1) await this.#note(user, name);
    // One that is refused would take room there, and be looked for before those that there are.
    else await this.#overlook([{ user, name }]);
    return made === 1;
  }

  async find(user: string, name: string): Promise<Consumer | undefined> {
    const key = this.#keys.consumer(user, name);
    const [patterns, cursor, made, until] = await orAway(this.#redis.hmget(key, 'patterns', 'cursor', 'made', 'until'));
    if (!patterns || cursor === null || cursor === undefined) return undefined;
    const leasedUntil = Number(until ?? 0) > 0 ? Number(until) : undefined;
    return { name, patterns: patternsOf(patterns), cursor, madeAt: Number(made), leasedUntil };
  }

  async round(most: number): Promise<readonly Named[]> {
    const all = this.#keys.consumersOfAll;
    const members = await orAway(this.#redis.zrange(all, '0', String(most - 1)));
    if (members.length === 0) return [];
    const found = members.map((member) => {
      const [user = '', name = ''] = member.split('\n');
      return { user, name };
    });
    const isThere = await this.#areThere(found);
    const now = Date.now();
    const left = members.filter((_, i) => isThere[i]);
    await orAway(
      Promise.all([
        ...(left.length === 0 ? [] : [this.#redis.zadd(all, ...left.flatMap((member) => [now, member]))]),
        this.#redis.pexpire(all, CONSUMER_LIFETIME),
      ]),
    );
    await this.#overlook(found.filter((_, i) => !isThere[i]));
    return found.filter((_, i) => isThere[i]);
  }

  async all(user: string): Promise<readonly Consumer[]> {
    const names = await orAway(this.#redis.zrange(this.#keys.consumersOf(user), '0', '-1'));
    const found = await Promise.all(names.sort().map((name) => this.find(user, name)));
    return found.filter((each) => each !== undefined);
  }

  async remove(user: string, name: string): Promise<void> {
    await orAway(this.#redis.dismiss(this.#keys.consumer(user, name), this.#keys.consumersOf(user), name));
    await this.#overlook([{ user, name }]);
  }

  async place(user: string, name: string, cursor: string): Promise<boolean> {
    return (await orAway(this.#redis.place(...this.#placeOf(user, name), cursor))) === 1;
  }

  async lease(
    user: string,
    name: string,
    caller: string,
    duration: number,
  ): Promise<ConsumerLease | ConsumerHeld | undefined> {
    const found = await orAway(this.#redis.lend(...this.#placeOf(user, name), caller, duration));
    const [first, patterns, cursor] = found;
    if (first === undefined) return undefined;
    if (patterns === undefined || cursor === undefined) return { remaining: Number(first) };
    return { fence: Number(first), patterns: patternsOf(patterns), cursor };
  }

  async offer(user: string, name: string, fence: number, cursor: string, duration: number): Promise<boolean> {
    return (await orAway(this.#redis.offer(...this.#placeOf(user, name), fence, cursor, duration))) === 1;
  }

  async acknowledge(user: string, name: string, fence: number): Promise<boolean> {
    const place = this.#placeOf(user, name);
    return (await orAway(this.#redis.acknowledge(...place, fence, ACKNOWLEDGEMENTS_REMEMBERED))) === 1;
  }

  async giveBack(user: string, name: string, fence: number, cursor: string): Promise<boolean> {
    return (await orAway(this.#redis.release(...this.#placeOf(user, name), fence, cursor))) === 1;
  }

  /** Among all that are looked at for how late they are. */
  async #note(user: string, name: string): Promise<void> {
    const all = this.#keys.consumersOfAll;
    await orAway(
      Promise.all([this.#redis.zadd(all, 'NX', 0, memberOf(user, name)), this.#redis.pexpire(all, CONSUMER_LIFETIME)]),
    );
  }

  /** Has some, which are not there, looked at no more. */
  async #overlook(some: readonly Named[]): Promise<void> {
    if (some.length === 0) return;
    const members = some.map(({ user, name }) => memberOf(user, name));
    await orAway(this.#redis.zrem(this.#keys.consumersOfAll, ...members));
    // Somebody may have made one of them before that, and noted it.
    const isThere = await this.#areThere(some);
    await Promise.all(some.filter((_, i) => isThere[i]).map(({ user, name }) => this.#note(user, name)));
  }

  async #areThere(some: readonly Named[]): Promise<readonly boolean[]> {
    const found = some.map(({ user, name }) => this.#redis.exists(this.#keys.consumer(user, name)));
    return (await orAway(Promise.all(found))).map((number) => number === 1);
  }

  #placeOf(user: string, name: string): Place {
    return [this.#keys.consumer(user, name), this.#keys.consumersOf(user), name, CONSUMER_LIFETIME];
  }
}
