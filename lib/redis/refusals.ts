/** Keys known; beyond so many all are forgotten, and found out again. */
const MOST_KNOWN = 10_000;

/** Which part of a limit may be refused before it is counted where others see it. */
const SHARE = 0.05;

interface Refusal {
  /** By `performance.now`. */
  readonly until: number;
  /** What was counted against the limit, of what this process knows. */
  readonly consumed: number;
  /** What was refused since, and is not counted yet. */
  waiting: number;
}

/**
 * Limits that this process knows to be used up, and for how long. What they refuse meanwhile is told from memory and
 * counted later, many at a time: whoever floods costs no round trips.
 */
export class Refusals {
  readonly #known = new Map<string, Refusal>();

  /** Takes in that a limit refuses for so many milliseconds, and what was counted against it. */
  note(key: string, wait: number, consumed: number): void {
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(key, { until: performance.now() + wait, consumed, waiting: 0 });
  }

  /** Whether a limit is known to refuse now. */
  has(key: string): boolean {
    return this.#current(key) !== undefined;
  }

  /**
   * Refuses from memory.
   *
   * @param points - what the limit allows in one duration.
   * @returns what was consumed so far and how long to wait, ms; undefined where the limit has to be asked, because it is
   *   not known to refuse, or because what waits to be counted became a part of it that matters.
   */
  refuse(key: string, cost: number, points: number): { readonly consumed: number; readonly wait: number } | undefined {
    const known = this.#current(key);
    if (known === undefined || known.waiting + cost > SHARE * points) return undefined;
    known.waiting += cost;
    return { consumed: known.consumed + known.waiting, wait: known.until - performance.now() };
  }

  /** What was refused and is not counted yet; whoever takes it counts it. */
  take(key: string): number {
    const known = this.#current(key);
    if (known === undefined) return 0;
    const { waiting } = known;
    known.waiting = 0;
    return waiting;
  }

  #current(key: string): Refusal | undefined {
    const known = this.#known.get(key);
    if (known === undefined || known.until > performance.now()) return known;
    this.#known.delete(key);
    return undefined;
  }
}
