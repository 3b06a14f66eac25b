import { identityOf } from './dedup-window.ts';
import type { Event, Source } from './messages.ts';

export interface BufferedEvent {
  readonly event: Event;
  readonly source: Source;
}

/** Live events that wait in one buffer; what comes beyond is fetched by replay. */
const MAX_BUFFERED = 1_000;

const keyOf = (epoch: string, offset: number): string => `${offset} ${epoch}`;

/** Events of one sequence that came before those that are to be heard first, by epoch and offset. */
export class ReorderBuffer {
  readonly #buffer = new Map<string, BufferedEvent>();

  get isEmpty(): boolean {
    return this.#buffer.size === 0;
  }

  /** In the order in which they were first heard of. */
  get epochs(): readonly string[] {
    return [...new Set([...this.#buffer.values()].map(({ event }) => event.epoch))];
  }

  /** The offsets that are held of an epoch. */
  offsets(epoch: string): readonly number[] {
    return [...this.#buffer.values()].flatMap(({ event }) => (event.epoch === epoch ? event.offset : []));
  }

  /**
   * Keeps an event back. A live one is left out where there are too many.
   *
   * @returns whether another event is held under its offset; one from a replay takes its place.
   */
  add(event: Event, source: Source): boolean {
    if (source === 'live' && this.#buffer.size >= MAX_BUFFERED) return false;
    const key = keyOf(event.epoch, event.offset);
    const same = this.#buffer.get(key)?.event;
    const isOther = same !== undefined && identityOf(same) !== identityOf(event);
    if (same === undefined || (isOther && source === 'replay')) this.#buffer.set(key, { event, source });
    return isOther;
  }

  /** Takes out the event at an offset, if it is held. */
  take(epoch: string, offset: number): BufferedEvent | undefined {
    const key = keyOf(epoch, offset);
    const found = this.#buffer.get(key);
    this.#buffer.delete(key);
    return found;
  }

  /** Drops all others. */
  keep(isKept: (event: Event) => boolean): void {
    for (const [key, { event }] of this.#buffer) if (!isKept(event)) this.#buffer.delete(key);
  }
}
