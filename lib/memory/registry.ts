import type { RegistryChanges, RegistryEntry, RegistryPlace, Subscription } from '../ports/subscriptions.ts';

/** Shapes told apart; a channel costs one look-up per shape that fits it. */
const MAX_SHAPES = 64;

/** Entries of the change log; a reader further behind than this reads the whole registry anew. */
const MAX_LOG = 10_000;

interface Change {
  readonly isAdded: boolean;
  readonly entry: RegistryEntry;
}

interface Kept {
  readonly entry: RegistryEntry;
  /** When it was last asked for, milliseconds since 1970. */
  stampedAt: number;
}

/** Nothing was ever registered, or all of it is gone. */
export const NO_REGISTRY: RegistryChanges = {
  place: { generation: '', last: '0' },
  reset: true,
  added: [],
  removed: [],
};

const nameOf = (entry: RegistryEntry): string => ('shape' in entry ? `s${entry.shape}` : `p${entry.pattern}`);

/** Shapes and patterns that the fan-out has to know, and what was changed about them. */
export class Registry {
  readonly #generation: string;
  readonly #kept = new Map<string, Kept>();
  #shapes = 0;
  /** The latest changes; those before them were cut. */
  readonly #log: Change[] = [];
  #cut = 0;
  /** Where the next look goes on. Entries may come and go meanwhile. */
  #walk: Iterator<Kept> = this.#kept.values();

  /** @param generation - tells it from one that was begun before. */
  constructor(generation: string) {
    this.#generation = generation;
  }

  get isEmpty(): boolean {
    return this.#kept.size === 0;
  }

  /** Makes a subscription known. @param now - milliseconds since 1970. */
  register({ text, found }: Subscription, now: number): void {
    if (found === 'by-name') return;
    const shape = typeof found === 'object' ? { shape: found.byShape } : undefined;
    const known = shape && this.#kept.has(nameOf(shape));
    this.enter(shape && (known || this.#shapes < MAX_SHAPES) ? shape : { pattern: text }, now);
  }

  /** Enters what a reader is to find here. @param now - milliseconds since 1970. */
  enter(entry: RegistryEntry, now: number): void {
    const name = nameOf(entry);
    const kept = this.#kept.get(name);
    if (kept !== undefined) {
      kept.stampedAt = now;
      return;
    }
    this.#kept.set(name, { entry, stampedAt: now });
    if ('shape' in entry) this.#shapes++;
    this.#note({ isAdded: true, entry });
  }

  changes(since: RegistryPlace | undefined): RegistryChanges {
    const place = { generation: this.#generation, last: String(this.#cut + this.#log.length) };
    const seen = Number(since?.last);
    if (since?.generation !== this.#generation || seen < this.#cut) {
      return { place, reset: true, added: [...this.#kept.values()].map(({ entry }) => entry), removed: [] };
    }
    // Of several changes of one entry the last counts.
    const latest = new Map(this.#log.slice(seen - this.#cut).map((change) => [nameOf(change.entry), change]));
    const entries = (isAdded: boolean) =>
      [...latest.values()].filter((each) => each.isAdded === isAdded).map(({ entry }) => entry);
    return { place, reset: false, added: entries(true), removed: entries(false) };
  }

  /**
   * Looks at some entries, next time at the following ones, and removes those that nobody can need any more.
   *
   * @returns how many were removed.
   */
  prune(most: number, isUnused: (entry: RegistryEntry, stampedAt: number) => boolean): number {
    let removed = 0;
    for (let looks = 0; looks < most; looks++) {
      const next = this.#walk.next();
      if (next.done === true) {
        this.#walk = this.#kept.values();
        break;
      }
      const { entry, stampedAt } = next.value;
      if (!isUnused(entry, stampedAt)) continue;
      this.#kept.delete(nameOf(entry));
      if ('shape' in entry) this.#shapes--;
      this.#note({ isAdded: false, entry });
      removed++;
    }
    return removed;
  }

  #note(change: Change): void {
    this.#log.push(change);
    if (this.#log.length < 2 * MAX_LOG) return;
    this.#log.splice(0, MAX_LOG);
    this.#cut += MAX_LOG;
  }
}
