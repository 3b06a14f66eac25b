import { clearImmediate, setImmediate } from 'node:timers';
import type { Clock } from '../ports/clock.ts';

/** When a virtual clock begins unless it is told, milliseconds since 1970. */
const BEGIN = 1_700_000_000_000;

interface Task {
  /** Undefined once it was called off. */
  run: (() => void) | undefined;
}

/** Lets everything run that is ready to. It is Node’s own, also where a test has put another in the place of the global one. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Steps that are asked for at once, at the most. */
const MOST_TURNS = 256;

/**
 * Takes steps until there is none, and lets everything run that is ready to before each and behind the last. Many are asked
 * for at once: the event loop then takes them in one round, and looks for input and output once in each round.
 *
 * @param step - says whether there was one.
 */
const inTurns = (step: () => boolean): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let asked: NodeJS.Immediate[] = [];
  const end = (settled: () => void): void => {
    for (const turn of asked) clearImmediate(turn);
    settled();
  };
  const ask = (turns: number): void => {
    let left = turns;
    const take = (): void => {
      left--;
      try {
        if (!step()) end(resolve);
        else if (left === 0) ask(Math.min(2 * turns, MOST_TURNS));
      } catch (error) {
        end(() => reject(error));
      }
    };
    asked = Array.from({ length: turns }, () => setImmediate(take));
  };
  ask(4);
  return promise;
};

/**
 * Time that passes only when everything waits for it: hours are simulated in seconds, and what is simulated is the code
 * that runs in production. Many may wait; they are woken in the order of their times, and at one time in the order in
 * which they began to wait.
 */
export class VirtualClock implements Clock {
  readonly #step: number;
  readonly #begin: number;
  #time: number;
  /** What is due, by its time. */
  readonly #due = new Map<number, Task[]>();
  /** The times at which something is due, the latest first. */
  readonly #times: number[] = [];

  /**
   * @param step - milliseconds; times are rounded up to whole steps, so that more is due at once. 0 for exact times.
   * @param begin - its time at first, milliseconds since 1970.
   */
  constructor(step = 0, begin = BEGIN) {
    this.#step = step;
    this.#begin = begin;
    this.#time = begin;
  }

  now(): number {
    return Math.floor(this.#time);
  }

  elapsed(): number {
    return this.#time - this.#begin;
  }

  sleep(duration: number): Promise<void> {
    return new Promise((resolve) => void this.after(duration, resolve));
  }

  /**
   * Runs a task once, after so many milliseconds.
   *
   * @returns what calls it off; safe to call at any time.
   */
  after(duration: number, run: () => void): () => void {
    const task: Task = { run };
    const at = this.#rounded(this.#time + Math.max(0, duration));
    const others = this.#due.get(at);
    if (others === undefined) {
      this.#due.set(at, [task]);
      this.#enter(at);
    } else others.push(task);
    return () => {
      task.run = undefined;
    };
  }

  /** Runs everything that is due within so many milliseconds, one task after another. */
  async advance(duration: number): Promise<void> {
    const due = this.dueWithin(duration);
    await inTurns(() => {
      const { value: run } = due.next();
      run?.();
      return run !== undefined;
    });
  }

  /** Lets time pass until the work has ended; what is due at one time runs at once. */
  async run<T>(work: Promise<T>): Promise<T> {
    let ended = false;
    const result = work.finally(() => {
      ended = true;
    });
    while (!ended) {
      // Everything that can go on without time goes on first.
      await settle();
      for (const { run } of this.#next(Number.POSITIVE_INFINITY) ?? []) run?.();
    }
    return result;
  }

  #rounded(time: number): number {
    return this.#step === 0 ? time : Math.ceil(time / this.#step) * this.#step;
  }

  #enter(time: number): void {
    let [low, high] = [0, this.#times.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#times[middle] as number) > time) low = middle + 1;
      else high = middle;
    }
    this.#times.splice(low, 0, time);
  }

  /**
   * What is due within so many milliseconds, one after another: whatever is called off meanwhile is left out. Time goes on
   * with it, and all of it has passed at the end.
   */
  protected *dueWithin(duration: number): Generator<() => void, undefined> {
    const end = this.#time + duration;
    for (let tasks = this.#next(end); tasks !== undefined; tasks = this.#next(end)) {
      for (const task of tasks) if (task.run !== undefined) yield task.run;
    }
    this.#time = end;
    return undefined;
  }

  /** Goes on to the next time at which something is due, `end` at the latest. */
  #next(end: number): readonly Task[] | undefined {
    const time = this.#times.at(-1);
    if (time === undefined || time > end) return undefined;
    this.#times.pop();
    const tasks = this.#due.get(time);
    this.#due.delete(time);
    this.#time = Math.max(this.#time, time);
    return tasks;
  }
}
