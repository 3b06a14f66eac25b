import type { Clock } from '../../../../client/src/index.ts';
import type { SeededRandom } from './random.ts';

interface Task {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Lets everything run that is ready to. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock that a run moves on, from one task to the next. */
export class VirtualClock implements Clock {
  #now = 1_700_000_000_000;
  #tasks: Task[] = [];
  #count = 0;
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  now(): number {
    return Math.floor(this.#now);
  }

  random(): number {
    return this.#random.next();
  }

  after(duration: number, run: () => void): () => void {
    const task = { at: this.#now + Math.max(0, duration), order: this.#count++, run };
    // Most tasks are soon, so the search from the end of a list sorted backwards is short.
    let place = this.#tasks.length;
    while (place > 0 && isBefore(this.#tasks[place - 1] as Task, task)) place--;
    this.#tasks.splice(place, 0, task);
    return () => {
      const found = this.#tasks.indexOf(task);
      if (found >= 0) this.#tasks.splice(found, 1);
    };
  }

  /** Runs everything that is due within so many milliseconds. */
  async advance(duration: number): Promise<void> {
    const end = this.#now + duration;
    await settle();
    for (let task = this.#tasks.at(-1); task !== undefined && task.at <= end; task = this.#tasks.at(-1)) {
      this.#tasks.pop();
      this.#now = Math.max(this.#now, task.at);
      task.run();
      await settle();
    }
    this.#now = end;
  }
}

const isBefore = (a: Task, b: Task): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
