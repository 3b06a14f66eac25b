import type { Clock } from '../ports/clock.ts';

/** Entries below which nobody looks for expired ones. */
const FEW = 64;

interface Entry<V> {
  readonly value: V;
  /** Milliseconds since 1970. */
  until: number;
}

/** Values that are kept for a time. What has expired is as if it had never been there. */
export class Expiring<V> {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry<V>>();
  /** With so many entries it is next looked for expired ones. */
  #crowded = FEW;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(key: string): V | undefined {
    return this.#entry(key)?.value;
  }

  has(key: string): boolean {
    return this.#entry(key) !== undefined;
  }

  /** @param lifetime - milliseconds from now. */
  set(key: string, value: V, lifetime: number): void {
    this.#entries.set(key, { value, until: this.#clock.now() + lifetime });
    if (this.#entries.size < this.#crowded) return;
    for (const name of [...this.#entries.keys()]) this.#entry(name);
    // Twice what is left, so that all these looks together cost no more than what was entered.
    this.#crowded = Math.max(FEW, 2 * this.#entries.size);
  }

  /** The same, but what is there already under the key does not expire earlier than it was to. */
  keep(key: string, value: V, lifetime: number): void {
    this.set(key, value, Math.max(lifetime, this.left(key) ?? 0));
  }

  /** The value, which is made where there is none; either way it is kept for `lifetime` milliseconds from now, or longer. */
  renewed(key: string, lifetime: number, make: () => V): V {
    const entry = this.#entry(key);
    if (entry === undefined) {
      const value = make();
      this.set(key, value, lifetime);
      return value;
    }
    entry.until = Math.max(entry.until, this.#clock.now() + lifetime);
    return entry.value;
  }

  /** Lets what is there expire after `lifetime` milliseconds from now; what is gone stays gone. */
  renew(key: string, lifetime: number): void {
    const entry = this.#entry(key);
    if (entry !== undefined) entry.until = this.#clock.now() + lifetime;
  }

  /** Milliseconds until it expires; undefined where it is not there. */
  left(key: string): number | undefined {
    const entry = this.#entry(key);
    return entry && entry.until - this.#clock.now();
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** The keys of everything that is there. */
  keys(): string[] {
    return [...this.#entries.keys()].filter((key) => this.has(key));
  }

  /** Everything that is there. */
  *values(): Iterable<V> {
    for (const key of [...this.#entries.keys()]) {
      const entry = this.#entry(key);
      if (entry !== undefined) yield entry.value;
    }
  }

  /** How many there are. */
  get size(): number {
    return [...this.values()].length;
  }

  #entry(key: string): Entry<V> | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.until > this.#clock.now()) return entry;
    this.#entries.delete(key);
    return undefined;
  }
}
