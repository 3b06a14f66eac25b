import {
  mayEnterShape,
  type RegistryChanges,
  type RegistryEntry,
  type RegistryPlace,
  type Subscription,
} from '../ports/subscriptions.ts';
import type { NewName } from './names.ts';

/** Entries of the change log; a reader further behind than this reads the whole registry anew. */
const MAX_LOG = 10_000;

interface Change {
  readonly isAdded: boolean;
  readonly entry: RegistryEntry;
  /** Of this change alone: where the latest were lost, others come to stand in their places. */
  readonly name: string;
}

interface Kept {
  readonly entry: RegistryEntry;
  /** Who entered it. */
  readonly user: string;
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
  readonly #newName: NewName;
  readonly #generation: string;
  readonly #kept = new Map<string, Kept>();
  #shapes = 0;
  /** How many shapes and patterns each user entered. */
  readonly #counts = new Map<string, number>();
  /** The latest changes; those before them were cut. */
  readonly #log: Change[] = [];
  #cut = 0;
  /** Where the next look goes on. Entries may come and go meanwhile. */
  #walk: Iterator<Kept> = this.#kept.values();

  /** @param newName - names it, which tells it from one that was begun before, and each change of it. */
  constructor(newName: NewName) {
    this.#newName = newName;
    this.#generation = newName('generation');
  }

  get isEmpty(): boolean {
    return this.#kept.size === 0;
  }

  /**
   * Makes a user’s subscriptions known, all or none.
   *
   * @param most - patterns that are matched by themselves and that the user may have entered.
   * @param now - milliseconds since 1970.
   * @returns whether they are; else they would be too many.
   */
  register(user: string, wanted: readonly Subscription[], most: number, now: number): boolean {
    const added = { shapes: new Set<string>(), patterns: new Set<string>() };
    const entries = wanted.flatMap(({ text, found }): RegistryEntry[] => {
      if (found === 'by-name') return [];
      const shape = typeof found === 'object' ? { shape: found.byShape } : undefined;
      const isShape =
        shape !== undefined &&
        (this.#kept.has(nameOf(shape)) ||
          added.shapes.has(nameOf(shape)) ||
          mayEnterShape(this.#shapes + added.shapes.size, this.#count(`s${user}`) + added.shapes.size));
      const entry = isShape ? shape : { pattern: text };
      if (!this.#kept.has(nameOf(entry))) (isShape ? added.shapes : added.patterns).add(nameOf(entry));
      return [entry];
    });
    if (added.patterns.size > 0 && this.#count(`p${user}`) + added.patterns.size > most) return false;
    for (const entry of entries) this.enter(entry, user, now);
    return true;
  }

  /** Enters what a reader is to find here. @param now - milliseconds since 1970. */
  enter(entry: RegistryEntry, user: string, now: number): void {
    const name = nameOf(entry);
    const kept = this.#kept.get(name);
    if (kept !== undefined) {
      kept.stampedAt = now;
      return;
    }
    this.#kept.set(name, { entry, user, stampedAt: now });
    this.#counted(entry, user, 1);
    this.#note(true, entry);
  }

  #count(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  #counted(entry: RegistryEntry, user: string, more: 1 | -1): void {
    const isShape = 'shape' in entry;
    if (isShape) this.#shapes += more;
    const name = `${isShape ? 's' : 'p'}${user}`;
    const count = this.#count(name) + more;
    if (count > 0) this.#counts.set(name, count);
    else this.#counts.delete(name);
  }

  changes(since: RegistryPlace | undefined): RegistryChanges {
    const count = this.#cut + this.#log.length;
    const place = { generation: this.#generation, last: `${count}:${this.#log.at(-1)?.name ?? ''}` };
    const [seen = '', name] = since?.last.split(':') ?? [];
    const isThere = since?.generation === this.#generation && this.#log[Number(seen) - 1 - this.#cut]?.name === name;
    if (!isThere) {
      return { place, reset: true, added: [...this.#kept.values()].map(({ entry }) => entry), removed: [] };
    }
    // Of several changes of one entry the last counts.
    const latest = new Map(this.#log.slice(Number(seen) - this.#cut).map((change) => [nameOf(change.entry), change]));
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
      const { entry, user, stampedAt } = next.value;
      if (!isUnused(entry, stampedAt)) continue;
      this.#kept.delete(nameOf(entry));
      this.#counted(entry, user, -1);
      this.#note(false, entry);
      removed++;
    }
    return removed;
  }

  #note(isAdded: boolean, entry: RegistryEntry): void {
    this.#log.push({ isAdded, entry, name: this.#newName('change') });
    if (this.#log.length < 2 * MAX_LOG) return;
    this.#log.splice(0, MAX_LOG);
    this.#cut += MAX_LOG;
  }
}
