import { CONNECTION_LIFETIME } from '../ports/directory.ts';
import type { Leases } from '../ports/leases.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';

/** Milliseconds for which a lease is good. */
const LEASE = 30_000;

/**
 * The leases of instances in Redis. A key outlives its lease, so that one that has ended can be told from one that never was;
 * the time that is left of it says when it was renewed, by Redis’s own clock.
 */
export class RedisLeases implements Leases {
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  constructor(redis: RedisClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async renew(endpoint: string): Promise<void> {
    await orAway(this.#redis.set(this.#keys.lease(endpoint), '', 'PX', CONNECTION_LIFETIME));
  }

  async hasEnded(endpoint: string): Promise<boolean> {
    const left = await orAway(this.#redis.pttl(this.#keys.lease(endpoint)));
    return left >= 0 && left < CONNECTION_LIFETIME - LEASE;
  }
}
