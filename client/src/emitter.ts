import { warn } from './development.ts';

/** Who listens to what, by name. */
export class Emitter<Events extends Record<string, unknown>> {
  readonly #listeners = new Map<keyof Events, Set<(value: never) => void>>();

  /** @returns what ends it again. */
  on<Name extends keyof Events>(name: Name, listener: (value: Events[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Tells everyone. What a listener throws is thrown on its own, for the runtime to report. */
  emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    const listeners = this.#listeners.get(name) ?? new Set();
    warn(this as never, name, listeners.size, value);
    for (const listener of [...listeners]) {
      // One that was told before may have ended it.
      if (!listeners.has(listener)) continue;
      try {
        listener(value as never);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
