import type { Clock } from '../../ports/clock.ts';
import type { Meter } from '../../ports/meter.ts';

/** Milliseconds between two times that it is measured. */
const MEASURED_EVERY = 1_000;

/** How late events are announced: those that were since it was last measured, and those that still wait. */
export class Lag {
  readonly #clock: Clock;
  readonly #meter: Pick<Meter, 'set'>;
  /** When the oldest event of each history that is held up was appended, milliseconds since 1970. */
  readonly #heldUp = new Map<string, number>();
  #worst = 0;
  #measuredAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, meter: Pick<Meter, 'set'>) {
    this.#clock = clock;
    this.#meter = meter;
  }

  /** An event of this time was announced. */
  announced(timestamp: number): void {
    this.#worst = Math.max(this.#worst, this.#clock.now() - timestamp);
  }

  /** A history is held up at an event of this time. */
  heldUp(history: string, timestamp: number): void {
    this.#heldUp.set(history, timestamp);
  }

  /** A history goes on. */
  goesOn(history: string): void {
    this.#heldUp.delete(history);
  }

  /** Measures it, where that is not just done. */
  measure(): void {
    const elapsed = this.#clock.elapsed();
    if (elapsed - this.#measuredAt < MEASURED_EVERY) return;
    this.#measuredAt = elapsed;
    const now = this.#clock.now();
    let worst = this.#worst;
    for (const timestamp of this.#heldUp.values()) worst = Math.max(worst, now - timestamp);
    this.#meter.set('appended_lag', {}, worst);
    this.#worst = 0;
  }
}
