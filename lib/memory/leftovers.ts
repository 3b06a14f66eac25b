import type { DueConnection, Leftovers, UnclosedSocket } from '../ports/leftovers.ts';
import { CONNECTION_LIFETIME, type MemoryStore, REGISTRY } from './store.ts';

/** What is left behind in memory. Holds all that its port guarantees. */
export class MemoryLeftovers implements Leftovers {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  async due(now: number, most: number): Promise<readonly DueConnection[]> {
    const { due, records } = this.#store;
    const ranked = due.between(Number.NEGATIVE_INFINITY, now).slice(0, most);
    return ranked.map(({ member: id }) => {
      const left = records.left(id);
      const quiet = left === undefined ? Number.POSITIVE_INFINITY : Math.max(CONNECTION_LIFETIME - left, 0);
      return { id, endpoint: records.get(id)?.endpoint, quiet };
    });
  }

  /** Nothing: here every call is whole. */
  async finish(): Promise<void> {}

  async postpone(id: string, until: number): Promise<void> {
    const { due } = this.#store;
    if (due.score(id) !== undefined) due.set(id, until);
  }

  async unclosed(most: number): Promise<readonly UnclosedSocket[]> {
    const { unclosed, clock } = this.#store;
    // The gateway cut those that are older.
    unclosed.deleteUpTo(clock.now() - CONNECTION_LIFETIME);
    return unclosed
      .between(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
      .slice(0, most)
      .map(({ member }) => {
        const [id = '', endpoint = ''] = member.split(' ');
        return { id, endpoint };
      });
  }

  async closed({ id, endpoint }: UnclosedSocket): Promise<void> {
    this.#store.unclosed.delete(`${id} ${endpoint}`);
  }

  // Many patterns stand behind a shape, and who listens to them is not known here; but each of them was stamped when its
  // listener asked for it, and no listener lives as long.
  async pruneRegistry(most: number): Promise<number> {
    const { registries, audiences, clock } = this.#store;
    const registry = registries.get(REGISTRY);
    if (registry === undefined) return 0;
    const oldest = clock.now() - CONNECTION_LIFETIME;
    const removed = registry.prune(most, (entry, stampedAt) =>
      'pattern' in entry ? !audiences.has(entry.pattern) : stampedAt < oldest,
    );
    // The next one begins another generation, and readers read it anew.
    if (registry.isEmpty) registries.delete(REGISTRY);
    return removed;
  }
}
