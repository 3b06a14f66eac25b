import type { Posted, PostObserver } from '../ports/gateway.ts';
import type { Meter } from '../ports/meter.ts';

/** Tenths of a millisecond, to which posts are timed. */
const PARTS = 10;

/**
 * Posts on their way to the meter, once a turn of the event loop: there is one for every listener, many end in one turn,
 * and of these many take equally long.
 */
export class PostTally implements PostObserver {
  readonly #meter: Meter;
  #outcomes = new Map<Posted, number>();
  /** How many took so many parts of a millisecond. */
  #durations = new Map<number, number>();

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  posted(outcome: Posted, duration: number): void {
    if (this.#outcomes.size === 0) setImmediate(() => this.#tell());
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
    const parts = Math.round(PARTS * duration);
    this.#durations.set(parts, (this.#durations.get(parts) ?? 0) + 1);
  }

  throttled(): void {
    this.#meter.count('frames_throttled', {});
  }

  #tell(): void {
    const [outcomes, durations] = [this.#outcomes, this.#durations];
    this.#outcomes = new Map();
    this.#durations = new Map();
    for (const [outcome, count] of outcomes) this.#meter.count('frames_posted', { outcome }, count);
    for (const [parts, count] of durations) {
      this.#meter.observe('events_stage_duration', { stage: 'post' }, parts / PARTS, count);
    }
  }
}
