import type { Connection, Connections } from '../ports.ts';
import { capabilitiesText } from '../protocol/capabilities.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';
import { membersOf } from './listeners.ts';

/**
 * Milliseconds after which a connection’s traces expire by themselves: API Gateway cuts every connection at two hours,
 * and ten minutes cover a clock’s skew and a late `$disconnect`.
 */
export const CONNECTION_LIFETIME = 7_800_000;

/** Connection records in Redis. */
export class RedisConnections implements Connections {
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  constructor(redis: RedisClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async open(connection: Connection): Promise<void> {
    const key = this.#keys.connection(connection.id);
    await orAway(
      Promise.all([
        this.#redis.hset(key, {
          user: connection.user,
          endpoint: connection.endpoint,
          capabilities: capabilitiesText(connection.capabilities),
        }),
        this.#redis.pexpire(key, CONNECTION_LIFETIME),
      ]),
    );
  }

  async close(id: string): Promise<void> {
    const list = this.#keys.subscriptionsOf(id);
    const texts = await orAway(this.#redis.smembers(list));
    // The list goes last: until then, whoever repeats this still finds what is left to remove.
    await orAway(
      Promise.all(texts.map((text) => this.#redis.zremrangebylex(this.#keys.audience(text), ...membersOf(id)))),
    );
    await orAway(Promise.all([this.#redis.del(this.#keys.connection(id)), this.#redis.del(list)]));
  }
}
