import type { Cursors } from '../ports/cursors.ts';
import type { MemoryStore } from './store.ts';

/** Milliseconds a cursor is kept. */
const KEPT = 600_000;

/** Milliseconds it is kept from when it is asked for as shared. */
const KEPT_ON = KEPT + 60_000;

/** No user has a line break. */
const keyOf = (user: string, name: string): string => `${user}\n${name}`;

/** Cursors in memory, each under its user’s name. Holds all that its port guarantees, where names cannot be guessed. */
export class MemoryCursors implements Cursors {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  async save(user: string, content: string): Promise<string> {
    const name = this.#store.newName('cursor');
    this.#store.cursors.set(keyOf(user, name), content, KEPT);
    return name;
  }

  async load(user: string, name: string): Promise<string | undefined> {
    return this.#store.cursors.get(keyOf(user, name));
  }

  async loadShared(user: string, name: string): Promise<string | undefined> {
    const content = this.#store.cursors.get(keyOf(user, name));
    if (content !== undefined) this.#store.cursors.set(keyOf(user, name), content, KEPT_ON);
    return content;
  }
}
