/** When messages make a batch. */
export interface BatchLimits {
  /** Messages of a batch at most. */
  readonly size: number;
  /** Milliseconds its first message waits for others at most. 0: a batch is what is there. */
  readonly window: number;
}

/**
 * Gathers messages into batches, to be taken one at a time by whoever handles them. Messages go on gathering while a
 * batch is being handled.
 */
export class Batches<Message> {
  readonly #limits: BatchLimits;
  #waiting: { readonly message: Message; readonly arrival: number }[] = [];
  #end: { readonly error?: Error } | undefined;
  #wake: (() => void) | undefined;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  /** Adds a message behind the others. */
  add(message: Message): void {
    if (this.#end !== undefined) return;
    this.#waiting.push({ message, arrival: performance.now() });
    this.#wake?.();
  }

  /**
   * There will be no more, and what waits is dropped.
   *
   * @param error - makes `next` fail; without one it says that this is the end.
   */
  end(error?: Error): void {
    this.#end ??= error === undefined ? {} : { error };
    this.#waiting = [];
    this.#wake?.();
  }

  /**
   * Takes the next batch, as soon as it is full or its window is over. To be called again only after it answered.
   *
   * @returns the batch, never empty; undefined at the end.
   * @throws Error the one given to `end`.
   */
  async next(): Promise<readonly Message[] | undefined> {
    for (;;) {
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#end !== undefined) return undefined;
      const first = this.#waiting[0];
      if (first === undefined) {
        await this.#change();
        continue;
      }
      const remaining = first.arrival + this.#limits.window - performance.now();
      if (this.#waiting.length >= this.#limits.size || remaining <= 0) {
        // One more turn: messages that came over the wire together are handed over one by one, and belong together.
        if (this.#waiting.length < this.#limits.size) await new Promise(setImmediate);
        if (this.#end !== undefined) continue;
        return this.#waiting.splice(0, this.#limits.size).map(({ message }) => message);
      }
      await this.#change(remaining);
    }
  }

  /** Waits until something changes, or for so many milliseconds. */
  async #change(limit?: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = limit === undefined ? undefined : setTimeout(resolve, limit);
    this.#wake = resolve;
    await promise;
    this.#wake = undefined;
    clearTimeout(timer);
  }
}
