import type { Connection } from '../ports/connection.ts';

/** The listeners of one channel or pattern, in the order of their ids, so that a page of them is cut out as it stands. */
export class Audience {
  readonly #listeners: Connection[] = [];

  get size(): number {
    return this.#listeners.length;
  }

  /** Enters a listener, in place of what it was entered as before. */
  put({ id, user, endpoint, capabilities }: Connection): void {
    const at = this.#place(id);
    this.#listeners.splice(at, this.#isAt(at, id) ? 1 : 0, { id, user, endpoint, capabilities });
  }

  delete(id: string): void {
    const at = this.#place(id);
    if (this.#isAt(at, id)) this.#listeners.splice(at, 1);
  }

  /** The first `most` listeners behind an id; of undefined, the first of all. */
  behind(id: string | undefined, most: number): readonly Connection[] {
    let from = 0;
    if (id !== undefined) {
      from = this.#place(id);
      if (this.#isAt(from, id)) from++;
    }
    return this.#listeners.slice(from, from + most);
  }

  #isAt(place: number, id: string): boolean {
    return this.#listeners[place]?.id === id;
  }

  /** Where an id stands, or would. */
  #place(id: string): number {
    let [low, high] = [0, this.#listeners.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#listeners[middle] as Connection).id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
