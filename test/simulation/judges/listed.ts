import type { MemoryStore } from '../../../lib/memory/store.ts';
import { matches } from '../../unit/match/oracle.ts';
import type { Stage } from '../stage/environment.ts';

/** What somebody lists who watches over the service: who listens to a channel; who is connected, where none is named. */
export interface Listing {
  readonly channel?: string;
}

/**
 * Judges a listing that is read page by page, by how the store is behind each step meanwhile. Who is there throughout stands
 * on exactly one page. On a page stands nobody who was not there while it was asked for (O-18).
 */
export class Listed {
  readonly what: string;
  readonly #stage: Stage;
  readonly #store: MemoryStore;
  readonly #listing: Listing;
  /** Who was there all the time, by what: whoever listens by another subscription since was not. */
  #throughout: ReadonlyMap<string, ReadonlySet<string>>;
  /** Who was there at any time since the page was asked for. */
  readonly #sinceAsked = new Set<string>();
  /** On how many pages each stands. */
  readonly #pages = new Map<string, number>();
  readonly #look: () => void;

  constructor(stage: Stage, store: MemoryStore, listing: Listing) {
    this.#stage = stage;
    this.#store = store;
    this.#listing = listing;
    this.what = listing.channel === undefined ? 'connections' : `listeners of ${listing.channel}`;
    this.#throughout = this.#there();
    this.#look = () => this.#looks();
    stage.steps.looks.add(this.#look);
  }

  /** Who is there now, each by what. */
  #there(): Map<string, Set<string>> {
    const { open, records, audiences } = this.#store;
    const { channel } = this.#listing;
    if (channel === undefined) {
      const ids = open.between(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY).map(({ member }) => member);
      return new Map(ids.filter((id) => records.has(id)).map((id) => [id, new Set(['it is open'])]));
    }
    const there = new Map<string, Set<string>>();
    for (const text of audiences.keys().filter((each) => matches(each, channel))) {
      for (const { id } of audiences.get(text)?.behind(undefined, Number.POSITIVE_INFINITY) ?? [])
        there.set(id, (there.get(id) ?? new Set()).add(text));
    }
    return there;
  }

  #looks(): void {
    const there = this.#there();
    for (const id of there.keys()) this.#sinceAsked.add(id);
    const kept = [...this.#throughout].map(([id, by]) => {
      return [id, new Set([...by].filter((each) => there.get(id)?.has(each)))] as const;
    });
    this.#throughout = new Map(kept.filter(([, by]) => by.size > 0));
  }

  /** A page is asked for now. */
  asks(): void {
    this.#sinceAsked.clear();
    this.#looks();
  }

  /** The page is there. @param connections - that stand on it */
  shown(connections: readonly string[]): void {
    this.#looks();
    for (const id of connections) {
      this.#pages.set(id, (this.#pages.get(id) ?? 0) + 1);
      if (!this.#sinceAsked.has(id)) this.#accuse(`${id} is shown, which was not there`);
    }
  }

  /** All pages are there. */
  end(): void {
    this.#stage.steps.looks.delete(this.#look);
    for (const [id, by] of this.#throughout) {
      const pages = this.#pages.get(id) ?? 0;
      if (pages !== 1) this.#accuse(`${id} is on ${pages} pages, and was there throughout by ${[...by].join(', ')}`);
    }
  }

  #accuse(what: string): void {
    this.#stage.problems.push(`listing: of the ${this.what} ${what}`);
  }
}
