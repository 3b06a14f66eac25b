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
 * A queue with a single active consumer, as the event source mapping reads it: one batch is out at a time, whole batches
 * come back, and a message is there until its batch is done.
 */
export class MemoryQueue<T extends object> {
  readonly #capacity: number;
  #waiting: (T & { readonly redelivered: boolean })[] = [];
  #isOut = false;

  /** @param capacity - messages that may wait. */
  constructor(capacity: number) {
    this.#capacity = capacity;
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

  /** The oldest messages; undefined while there is none, or a batch is out. */
  take(most: number): Batch<T> | undefined {
    if (this.#isOut || this.#waiting.length === 0) return undefined;
    const messages = this.#waiting.slice(0, most);
    this.#waiting = this.#waiting.slice(most);
    this.#isOut = true;
    let isSettled = false;
    const settle = (): boolean => {
      if (isSettled) return false;
      isSettled = true;
      this.#isOut = false;
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
