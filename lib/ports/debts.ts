import type { Toll } from './rate-limiter.ts';

/** Users known; beyond so many all are forgiven. */
const MOST_KNOWN = 10_000;

/** Work of messages that was known only once it was done: the next message of its user pays for it. */
export class Debts {
  readonly #points = new Map<string, number>();

  /** @param points - parts of one add up. */
  add(user: string, points: number): void {
    if (!this.#points.has(user) && this.#points.size >= MOST_KNOWN) this.#points.clear();
    this.#points.set(user, (this.#points.get(user) ?? 0) + points);
  }

  /** What a message costs with what its user owes, which is paid by it; a part of a point is owed on. */
  addedTo(toll: Toll): Toll {
    const owed = this.#points.get(toll.user);
    if (owed === undefined) return toll;
    const whole = Math.floor(owed);
    if (owed > whole) this.#points.set(toll.user, owed - whole);
    else this.#points.delete(toll.user);
    return whole === 0 ? toll : { ...toll, work: (toll.work ?? 0) + whole };
  }
}
