/** Draws from a source of numbers. */
export class Draw {
  readonly #random: () => number;

  /** @param random - gives numbers from 0 up to but not including 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** A whole number from 0 up to but not including `below`. */
  number(below: number): number {
    return Math.floor(this.#random() * below);
  }

  one<T>(items: readonly T[]): T {
    return items[this.number(items.length)] as T;
  }

  /** Whether something happens that happens once in `times`. */
  once(times: number): boolean {
    return this.number(times) === 0;
  }

  /** The items in another order. */
  shuffled<T>(items: readonly T[]): readonly T[] {
    const rest = [...items];
    return items.map(() => rest.splice(this.number(rest.length), 1)[0] as T);
  }

  /** Between `least` and `most` of the items, some maybe twice. */
  some<T>(items: readonly T[], least: number, most: number): readonly T[] {
    return Array.from({ length: least + this.number(most - least + 1) }, () => this.one(items));
  }
}
