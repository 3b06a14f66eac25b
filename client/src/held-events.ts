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

const keyOf = (epoch: string, offset: number): string => `${offset} ${epoch}`;

/** Events of one sequence that cannot be released yet, by epoch and offset. */
export class HeldEvents {
  readonly #held = new Map<string, HeldEvent>();

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  /** In the order in which they were first heard of. */
  get epochs(): readonly string[] {
    return [...new Set([...this.#held.values()].map(({ event }) => event.epoch))];
  }

  /** The offsets that are held of an epoch. */
  offsets(epoch: string): readonly number[] {
    return [...this.#held.values()].flatMap(({ event }) => (event.epoch === epoch ? event.offset : []));
  }

  /**
   * Keeps an event back. A live one is left out where there are too many.
   *
   * @returns whether another event is held under its offset; one from a replay takes its place.
   */
  add(event: Event, source: Source): boolean {
    if (source === 'live' && this.#held.size >= MAX_HELD) return false;
    const key = keyOf(event.epoch, event.offset);
    const same = this.#held.get(key)?.event;
    const isOther = same !== undefined && identityOf(same) !== identityOf(event);
    if (same === undefined || (isOther && source === 'replay')) this.#held.set(key, { event, source });
    return isOther;
  }

  /** Takes out the event at an offset, if it is held. */
  take(epoch: string, offset: number): HeldEvent | undefined {
    const key = keyOf(epoch, offset);
    const found = this.#held.get(key);
    this.#held.delete(key);
    return found;
  }

  /** Drops all others. */
  keep(isKept: (event: Event) => boolean): void {
    for (const [key, { event }] of this.#held) if (!isKept(event)) this.#held.delete(key);
  }
}
