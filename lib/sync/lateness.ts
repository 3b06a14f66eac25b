import type { Clock } from '../ports/clock.ts';
import type { Meter } from '../ports/meter.ts';

/** Milliseconds between two times that it is measured. */
const MEASURED_EVERY = 1_000;

/** The metrics of it. */
type LatenessMetric = 'appended_lag' | 'service_events_lag';

/** How late something is told: what was since it was last measured, and what still waits. */
export class Lateness {
  readonly #clock: Clock;
  readonly #meter: Pick<Meter, 'set'>;
  readonly #metric: LatenessMetric;
  /** When the oldest of each that is held up came to be, milliseconds since 1970. */
  readonly #heldUp = new Map<string, number>();
  #worst = 0;
  #measuredAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, meter: Pick<Meter, 'set'>, metric: LatenessMetric) {
    this.#clock = clock;
    this.#meter = meter;
    this.#metric = metric;
  }

  /** Something of this time was told. */
  told(timestamp: number): void {
    this.#worst = Math.max(this.#worst, this.#clock.now() - timestamp);
  }

  /** One is held up at something of this time. */
  heldUp(which: string, timestamp: number): void {
    this.#heldUp.set(which, timestamp);
  }

  /** One goes on. */
  goesOn(which: string): void {
    this.#heldUp.delete(which);
  }

  /** Measures it, where that is not just done. */
  measure(): void {
    const elapsed = this.#clock.elapsed();
    if (elapsed - this.#measuredAt < MEASURED_EVERY) return;
    this.#measuredAt = elapsed;
    const now = this.#clock.now();
    let worst = this.#worst;
    for (const timestamp of this.#heldUp.values()) worst = Math.max(worst, now - timestamp);
    this.#meter.set(this.#metric, {}, worst);
    this.#worst = 0;
  }
}
