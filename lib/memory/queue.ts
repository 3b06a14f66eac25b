import { Overloaded } from '../ports/dependency.ts';

/** Messages that were handed out together. It is settled once. */
export interface Batch<T> {
  /** In queue order. */
  readonly messages: readonly (T & { readonly redelivered: boolean })[];
  /** All of them were processed. */
  done(): void;
  /** None of them was, or nobody knows: all go back to where they were, in order, and are handed out again as redelivered. */
  back(): void;
}

/**
 * A queue as the event source mapping reads it: whole batches come back, and a message is there until its batch is done.
 * With a single active consumer one batch is out at a time.
 */
export class MemoryQueue<T extends object> {
  readonly #capacity: number;
  /** Whether it has a single active consumer. */
  readonly hasOneConsumer: boolean;
  #waiting: (T & { readonly redelivered: boolean })[] = [];
  #out = 0;

  /** @param capacity - messages that may wait. */
  constructor(capacity: number, hasOneConsumer = true) {
    this.#capacity = capacity;
    this.hasOneConsumer = hasOneConsumer;
  }

  /** Messages that no consumer holds. */
  get depth(): number {
    return this.#waiting.length;
  }

  /** @throws Overloaded where it is full. */
  put(message: T): void {
    if (this.#waiting.length >= this.#capacity) throw new Overloaded(new Error('the queue has no room'));
    this.#waiting.push({ ...message, redelivered: false });
  }

  /** The oldest messages; undefined while there is none, or the one consumer has a batch. */
  take(most: number): Batch<T> | undefined {
    if ((this.hasOneConsumer && this.#out > 0) || this.#waiting.length === 0) return undefined;
    const messages = this.#waiting.slice(0, most);
    this.#waiting = this.#waiting.slice(most);
    this.#out++;
    let isSettled = false;
    const settle = (): boolean => {
      if (isSettled) return false;
      isSettled = true;
      this.#out--;
      return true;
    };
    return {
      messages,
      done: () => void settle(),
      back: () => {
        if (!settle()) return;
        this.#waiting = [...messages.map((message) => ({ ...message, redelivered: true })), ...this.#waiting];
      },
    };
  }
}
