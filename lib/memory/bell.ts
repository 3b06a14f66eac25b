import type { Bell } from '../ports/bell.ts';
import type { MemoryStore } from './store.ts';

/** A bell in memory. Holds all that its port guarantees. */
export class MemoryBell implements Bell {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  ring(channels: readonly string[]): void {
    if (channels.length > 0) for (const listener of this.#store.bell) listener(channels);
  }

  async listen(onRing: (channels: readonly string[] | undefined) => void): Promise<() => void> {
    // One of its own, so that the same function can listen twice.
    const listener = (channels: readonly string[] | undefined): void => onRing(channels);
    this.#store.bell.add(listener);
    return () => void this.#store.bell.delete(listener);
  }
}
