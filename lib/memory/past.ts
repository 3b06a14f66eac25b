import { MOST_POINTS, type Past, type PastReading } from '../ports/past.ts';
import type { PastPoint } from '../protocol/http/past.ts';
import type { MemoryStore } from './store.ts';

/** Milliseconds for which points are kept behind the newest. */
const KEPT = 3_600_000;
const ALL = '';

/** The figures of the last hour, in memory. Holds all that its port guarantees. */
export class MemoryPast implements Past {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  async claim(pause: number): Promise<boolean> {
    const { pointing } = this.#store;
    if (pointing.has(ALL)) return false;
    pointing.set(ALL, true, pause);
    return true;
  }

  async latest(): Promise<PastReading | undefined> {
    return this.#store.reading.get(ALL);
  }

  async add(point: PastPoint, reading: PastReading): Promise<void> {
    const { points, reading: latest } = this.#store;
    points.set(ALL, [...(points.get(ALL) ?? []), point].slice(-MOST_POINTS), KEPT);
    latest.set(ALL, reading, KEPT);
  }

  async points(): Promise<readonly PastPoint[]> {
    const all = this.#store.points.get(ALL) ?? [];
    const oldest = (all.at(-1)?.at ?? 0) - KEPT;
    return all.filter(({ at }) => at > oldest);
  }
}
