import { quantile } from '../../client/terminal/quantile.ts';

/** Milliseconds from the append until it was heard. */
export interface Lag {
  readonly p50: number;
  readonly p99: number;
}

/** How many of the times are kept for the quantiles, at most: every so many, however many there are. */
const KEPT = 100_000;

/** What back-ends of one kind heard: every offset of each channel, in order. */
export class Heard {
  readonly #offsets = new Map<string, number>();
  readonly #every: number;
  #lags: number[] = [];
  /** Events, each once for each that hears it. */
  count = 0;
  /** Events that came again. */
  repeats = 0;

  /** @param expected - events that are to be heard. */
  constructor(expected: number) {
    this.#every = Math.max(1, Math.ceil(expected / KEPT));
  }

  /** @throws Error where an offset was left out. */
  hear(who: string, channel: string, offset: number, appendedAt: number): void {
    const key = `${who} ${channel}`;
    const last = this.#offsets.get(key) ?? 0;
    if (offset <= last) {
      this.repeats++;
      return;
    }
    if (offset > last + 1) throw new Error(`${who} heard ${offset} of ${channel} behind ${last}`);
    this.#offsets.set(key, offset);
    if (this.count++ % this.#every === 0) this.#lags.push(Date.now() - appendedAt);
  }

  get lag(): Lag {
    return { p50: quantile(this.#lags, 0.5), p99: quantile(this.#lags, 0.99) };
  }

  /** Another run begins: the offsets go on. */
  begin(): void {
    this.#lags = [];
    this.count = 0;
    this.repeats = 0;
  }
}
