import { CONNECTION_LIFETIME } from '../ports/directory.ts';
import type { Leases } from '../ports/leases.ts';
import type { MemoryStore } from './store.ts';

/** Milliseconds for which a lease is good. */
const LEASE = 30_000;

/** The leases of instances in memory. Holds all that its port guarantees. */
export class MemoryLeases implements Leases {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  async renew(endpoint: string): Promise<void> {
    this.#store.leases.set(endpoint, true, CONNECTION_LIFETIME);
  }

  async hasEnded(endpoint: string): Promise<boolean> {
    const left = this.#store.leases.left(endpoint);
    return left !== undefined && left < CONNECTION_LIFETIME - LEASE;
  }
}
