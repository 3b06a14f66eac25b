import { seededRandom } from '../localstack/strict/random.ts';

/** Choices that look like chance and are the same for the same seed. */
export class SeededRandom {
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly next: () => number;

  constructor(seed: number) {
    this.next = seededRandom(seed);
  }

  /** A whole number below `bound`. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Whether something happens that happens once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** Between `least` and `most` of the items, some maybe twice. */
  some<T>(items: readonly T[], least: number, most: number): readonly T[] {
    return Array.from({ length: least + this.below(most - least + 1) }, () => this.pick(items));
  }

  /** The items in another order. */
  shuffled<T>(items: readonly T[]): readonly T[] {
    const rest = [...items];
    return items.map(() => rest.splice(this.below(rest.length), 1)[0] as T);
  }
}
