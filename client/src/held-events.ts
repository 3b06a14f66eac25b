import { identityOf } from './memory.ts';
import type { Event } from './messages.ts';

/** How an event came: posted as it happened, or in the answer to a replay. */
export type Source = 'live' | 'replay';

export interface HeldEvent {
  readonly event: Event;
  readonly source: Source;
}

/** Live events kept back of one sequence; what comes beyond is fetched by replay. */
const MAX_HELD = 1_000;

/** Events of one sequence that cannot be released yet, by epoch and offset. */
export class HeldEvents {
  readonly #byEpoch = new Map<string, Map<number, HeldEvent>>();

  get isEmpty(): boolean {
    return this.#byEpoch.size === 0;
  }

  /** In the order in which they were first heard of. */
  get epochs(): readonly string[] {
    return [...this.#byEpoch.keys()];
  }

  /** The lowest offset of an epoch; undefined where nothing of it is held. */
  first(epoch: string): number | undefined {
    const held = this.#byEpoch.get(epoch);
    return held && Math.min(...held.keys());
  }

  /** The highest offset of an epoch; undefined where nothing of it is held. */
  last(epoch: string): number | undefined {
    const held = this.#byEpoch.get(epoch);
    return held && Math.max(...held.keys());
  }

  /**
   * Keeps an event back. A live one is left out where there are too many.
   *
   * @returns whether another event is held under its offset; one from a replay takes its place.
   */
  add(event: Event, source: Source): boolean {
    const held = this.#byEpoch.get(event.epoch) ?? new Map<number, HeldEvent>();
    if (source === 'live' && held.size >= MAX_HELD) return false;
    const same = held.get(event.offset)?.event;
    const isOther = same !== undefined && identityOf(same) !== identityOf(event);
    if (same === undefined || (isOther && source === 'replay')) held.set(event.offset, { event, source });
    this.#byEpoch.set(event.epoch, held);
    return isOther;
  }

  /** Takes out the event at an offset, if it is held. */
  take(epoch: string, offset: number): HeldEvent | undefined {
    const held = this.#byEpoch.get(epoch);
    const found = held?.get(offset);
    if (found !== undefined) held?.delete(offset);
    if (held?.size === 0) this.#byEpoch.delete(epoch);
    return found;
  }

  /** Drops what an epoch holds up to an offset. */
  dropUpTo(epoch: string, offset: number): void {
    const held = this.#byEpoch.get(epoch);
    if (held === undefined) return;
    for (const each of held.keys()) if (each <= offset) held.delete(each);
    if (held.size === 0) this.#byEpoch.delete(epoch);
  }

  drop(epoch: string): void {
    this.#byEpoch.delete(epoch);
  }

  /** Drops all other epochs. */
  keepOnly(epoch: string): void {
    for (const each of this.#byEpoch.keys()) if (each !== epoch) this.#byEpoch.delete(each);
  }

  clear(): void {
    this.#byEpoch.clear();
  }
}
