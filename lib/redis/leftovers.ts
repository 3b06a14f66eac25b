import { randomUUID } from 'node:crypto';
import type { DueConnection, Leftovers, UnclosedSocket } from '../ports/leftovers.ts';
import { unlisten } from './audience.ts';
import { orAway, type RedisClient } from './client.ts';
import { CONNECTION_LIFETIME, unclosedText } from './connections.ts';
import type { Keys } from './keys.ts';
import { MAX_LOG } from './subscriptions.ts';
import { NOTHING_TOLD, Telling } from './telling.ts';

/** Field of the registry: where the next look goes on. Fields with this sign are no entries. */
const NEXT = '#next';

/** Milliseconds for which it is known how many entries a call removed: longer than anybody waits for its answer. */
const KEPT = 10_000;

/** Sockets that are forgotten in one step. */
const MOST_OLD = 1_000;

interface Entry {
  readonly name: string;
  readonly stamp: string;
}

/** What is left behind in Redis. */
export class RedisLeftovers implements Leftovers {
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  readonly #telling: Telling;

  /** @param told - what is told of the service. */
  constructor(redis: RedisClient, keys: Keys, told = NOTHING_TOLD) {
    this.#redis = redis;
    this.#keys = keys;
    this.#telling = new Telling(redis, keys, told);
  }

  async due(now: number, most: number): Promise<readonly DueConnection[]> {
    const ids = await orAway(this.#redis.zrange(this.#keys.due, '-inf', String(now), 'BYSCORE', 'LIMIT', 0, most));
    return orAway(
      Promise.all(
        ids.map(async (id) => {
          const key = this.#keys.connection(id);
          const [endpoint, left] = await Promise.all([this.#redis.hget(key, 'endpoint'), this.#redis.pttl(key)]);
          const quiet = left > 0 ? Math.max(CONNECTION_LIFETIME - left, 0) : Number.POSITIVE_INFINITY;
          return { id, endpoint: endpoint ?? undefined, quiet };
        }),
      ),
    );
  }

  async finish(id: string): Promise<void> {
    const [leaving, entering] = [this.#keys.leaving(id), this.#keys.entering(id)];
    const left = await orAway(this.#redis.hgetall(leaving));
    for (const [text, version] of Object.entries(left)) {
      // Under no text stands the user of a connection that is being closed.
      if (text === '') continue;
      await unlisten(this.#redis, this.#keys, this.#telling, id, version, [text]);
      await orAway(this.#redis.settle(leaving, this.#keys.subscriptionsOf(id), entering, version, text));
    }
  }

  async postpone(id: string, until: number): Promise<void> {
    await orAway(this.#redis.zadd(this.#keys.due, 'XX', until, id));
  }

  // The gateway cut those that are older.
  async unclosed(most: number): Promise<readonly UnclosedSocket[]> {
    const { unclosed } = this.#keys;
    const oldest = String(Date.now() - CONNECTION_LIFETIME);
    const old = await orAway(this.#redis.zrange(unclosed, '-inf', oldest, 'BYSCORE', 'LIMIT', 0, MOST_OLD));
    if (old.length > 0) await orAway(this.#redis.zrem(unclosed, ...old));
    const texts = await orAway(this.#redis.zrange(unclosed, '0', String(most - 1)));
    return texts.map((text) => {
      const [id = '', endpoint = ''] = text.split(' ');
      return { id, endpoint };
    });
  }

  async closed(socket: UnclosedSocket): Promise<void> {
    await orAway(this.#redis.zrem(this.#keys.unclosed, unclosedText(socket)));
  }

  async pruneRegistry(most: number): Promise<number> {
    const { registry, registryLog, registryRemoved, registryShares } = this.#keys;
    const [from, [seconds]] = await orAway(Promise.all([this.#redis.hget(registry, NEXT), this.#redis.time()]));
    const [next, page] = await orAway(this.#redis.hscan(registry, from ?? '0', 'COUNT', most));
    const entries: Entry[] = [];
    for (let i = 0; i + 1 < page.length; i += 2) {
      const [name, stamp] = [page[i] as string, page[i + 1] as string];
      if (!name.startsWith('#')) entries.push({ name, stamp });
    }
    const unused = await orAway(Promise.all(entries.map((entry) => this.#isUnused(entry, Number(seconds) * 1_000))));
    const candidates = entries.filter((_, i) => unused[i]);
    if (page.length === 0) return 0;
    return orAway(
      this.#redis.unregister(
        ...[registry, registryLog, registryRemoved, ...registryShares],
        MAX_LOG,
        next,
        ...[randomUUID(), KEPT],
        ...candidates.flatMap(({ name, stamp }) => [name, stamp]),
      ),
    );
  }

  // Many patterns stand behind a shape, and who listens to them is not known here; but each of them was stamped when its
  // listener asked for it, and no listener lives as long.
  async #isUnused({ name, stamp }: Entry, now: number): Promise<boolean> {
    if (name.startsWith('p')) return (await this.#redis.exists(this.#keys.audience(name.slice(1)))) === 0;
    const stampedAt = Number(stamp.split(':')[1]);
    return stampedAt < now - CONNECTION_LIFETIME;
  }
}
