import type { Event } from './messages.ts';

/** Released events that are remembered of one sequence. */
const MAX_REMEMBERED = 64;
/** Those that are where nobody has compared them with the history yet, and of a history that was lost. */
const MAX_UNSURE = 1_000;

/** An idempotency key is unique to its publisher. */
export const identityOf = ({ id, userId }: Event): string => `${userId ?? ''}\n${id}`;

/** Which event it is, and when it was appended: appended again, it is another. */
export const appendedOf = (event: Event): readonly [identity: string, timestamp: number] => [
  identityOf(event),
  event.timestamp,
];

/**
 * Finds events that come again: it knows the last events that were released of one sequence, each by its offset, and those that
 * lost their offsets.
 */
export class DedupWindow {
  readonly #byOffset = new Map<number, ReturnType<typeof appendedOf>>();
  /** Released before the history was lost; they may come again under other offsets. */
  #unplaced = new Set<string>();

  /** The lowest offset remembered; infinite where there is none. */
  get oldest(): number {
    return Math.min(...this.#byOffset.keys());
  }

  /** Which event an offset was, if it is remembered. */
  at(offset: number): ReturnType<typeof appendedOf> | undefined {
    return this.#byOffset.get(offset);
  }

  /** Remembers which event an offset was. */
  recall(offset: number, event: ReturnType<typeof appendedOf>): void {
    this.#byOffset.set(offset, event);
  }

  /** Whether an event is remembered, under whatever offset. */
  holds(event: Event): boolean {
    const wanted = identityOf(event);
    return [...this.#byOffset.values()].some(([identity]) => identity === wanted);
  }

  /**
   * Remembers an event at its offset.
   *
   * @param unsure - from which offset on events may yet turn out not to be what they were.
   * @returns whether it was released before, under another offset.
   */
  note(event: Event, unsure = Number.POSITIVE_INFINITY): boolean {
    this.recall(event.offset, appendedOf(event));
    for (const offset of this.#byOffset.keys()) {
      if (this.#byOffset.size <= (offset < unsure ? MAX_REMEMBERED : MAX_UNSURE)) break;
      this.#byOffset.delete(offset);
    }
    return this.#unplaced.delete(identityOf(event));
  }

  /** Events after `offset` lost their numbers, but were heard. */
  unplace(offset: number): void {
    for (const [at, [identity]] of this.#byOffset) {
      if (at > offset && this.#byOffset.delete(at)) this.#unplaced.add(identity);
    }
    this.#unplaced = new Set([...this.#unplaced].slice(-MAX_UNSURE));
  }
}
