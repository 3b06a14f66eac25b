import type { Clock } from '../ports/clock.ts';
import type { HeldTurn } from './turns.ts';

/** Milliseconds after which it is noted how far the posting came. */
const INTERVAL = 1_000;

/** Connections after which it is. */
const MOST = 1_000;

/** A connection that is posted to. */
export interface Place {
  readonly id: string;
  hasAll: boolean;
}

/** How far the posting of a turn came, noted as it goes on, so that whoever comes after a failure goes on from there. */
export class Progress {
  readonly held: HeldTurn;
  readonly #of: number | undefined;
  readonly #clock: Clock;
  /** In the order of their ids: those that do not have all yet, and others behind them. */
  #places: Place[] = [];
  /** The first of these. */
  #first = 0;
  #upTo: string | undefined;
  #sinceNoted = 0;
  #notedAt: number;

  /** @param of - the fence of what is posted; undefined where it is posted in parts, of which none comes to an end for all. */
  constructor(held: HeldTurn, of: number | undefined, clock: Clock) {
    this.held = held;
    this.#of = of;
    this.#clock = clock;
    this.#notedAt = clock.elapsed();
  }

  /** A connection is to be posted to, whose id is behind those of all before. */
  begin(id: string): Place {
    const place = { id, hasAll: false };
    this.#places.push(place);
    return place;
  }

  /** A connection has all. */
  end(place: Place): void {
    place.hasAll = true;
    for (let next = this.#places[this.#first]; next?.hasAll === true; next = this.#places[this.#first]) {
      this.#upTo = next.id;
      this.#first++;
    }
    if (this.#first >= MOST) {
      this.#places = this.#places.slice(this.#first);
      this.#first = 0;
    }
    if (++this.#sinceNoted < MOST && this.#clock.elapsed() - this.#notedAt < INTERVAL) return;
    // Whoever posts on finds out by itself that the turn is over, or Redis away.
    void this.note().catch(() => undefined);
  }

  /** Notes how far it came. @throws Fenced @throws DependencyAway */
  async note(): Promise<void> {
    if (this.#of === undefined) return;
    this.#sinceNoted = 0;
    this.#notedAt = this.#clock.elapsed();
    await this.held.advance(this.#of, this.#upTo);
  }
}
