import { vi } from 'vitest';

type Listener = (event: Event) => void;

/**
 * What a page says of itself, and who listens to it, as browsers have it: Node's own EventTarget removes no listener that was
 * added with `true`.
 */
export class PageSigns {
  readonly #listeners: (readonly [name: string, listener: Listener, isCaptured: boolean])[] = [];

  /** Puts it in the place of the globals, until `vi.unstubAllGlobals()`. */
  stub(): this {
    vi.stubGlobal('addEventListener', (name: string, listener: Listener, isCaptured = false) => {
      this.#listeners.push([name, listener, isCaptured]);
    });
    vi.stubGlobal('removeEventListener', (...removed: readonly unknown[]) => {
      const at = this.#listeners.findIndex((each) => each.every((part, i) => part === (removed[i] ?? false)));
      if (at >= 0) this.#listeners.splice(at, 1);
    });
    return this;
  }

  /** How many listen. */
  get size(): number {
    return this.#listeners.length;
  }

  /** Tells all who listen, or the nth of them alone. */
  tell(sign: string, nth?: number): void {
    const told = this.#listeners.filter(([name]) => name === sign);
    for (const [, listener] of nth === undefined ? told : told.slice(nth, nth + 1)) listener(new Event(sign));
  }
}
