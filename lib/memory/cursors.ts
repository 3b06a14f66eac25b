import { type Cursors, MOST_CURSOR_BYTES } from '../ports/cursors.ts';
import type { MemoryStore } from './store.ts';

/** Milliseconds a cursor is kept. */
const KEPT = 600_000;

/** Milliseconds it is kept from when it is asked for as shared. */
const KEPT_ON = KEPT + 60_000;

/** Bytes of a cursor beside its content, about. */
const AROUND = 256;

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
    const { cursors, cursorsOf } = this.#store;
    cursors.set(keyOf(user, name), content, KEPT);
    const kept = [...(cursorsOf.get(user) ?? []), keyOf(user, name)].filter((key) => cursors.has(key));
    const bytesOf = (key: string): number => Buffer.byteLength(cursors.get(key) as string) + AROUND;
    let bytes = kept.reduce((sum, key) => sum + bytesOf(key), 0);
    while (kept.length > 1 && bytes > MOST_CURSOR_BYTES) {
      const oldest = kept.shift() as string;
      bytes -= bytesOf(oldest);
      cursors.delete(oldest);
    }
    cursorsOf.set(user, kept, KEPT);
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
