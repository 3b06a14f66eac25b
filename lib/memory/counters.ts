import type { Counters } from '../ports/meter.ts';
import type { MemoryStore } from './store.ts';

/** Numbers of the whole service in memory. Holds all that its port guarantees; nothing ever waits to be written. */
export class MemoryCounters implements Counters {
  readonly #numbers: Map<string, number>;

  constructor(store: MemoryStore) {
    this.#numbers = store.numbers;
  }

  add(field: string, by: number): void {
    this.#numbers.set(field, (this.#numbers.get(field) ?? 0) + by);
  }

  set(field: string, value: number): void {
    this.#numbers.set(field, value);
  }

  ride(): void {}

  async flush(): Promise<void> {}

  async read(): Promise<ReadonlyMap<string, number>> {
    return new Map(this.#numbers);
  }
}
