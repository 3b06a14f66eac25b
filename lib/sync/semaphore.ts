import type { Clock } from '../ports/clock.ts';

/** Milliseconds after which a task counts as slow. */
const SLOW = 250;

/** Slow tasks under way at once. Beyond these even they wait. */
const MOST_SLOW = 1_024;

interface Task {
  /** Milliseconds of the clock’s `elapsed`. */
  readonly began: number;
}

/**
 * Lets a number of tasks run at once. A task that takes long gives its slot to the next and goes on beside, so that a few
 * slow ones do not keep the many waiting.
 */
export class Semaphore {
  readonly #width: number;
  readonly #clock: Clock;
  /** Tasks that hold a slot, oldest first. */
  readonly #running = new Set<Task>();
  /** All that have not ended, slow ones too. */
  #underWay = 0;
  readonly #failures: unknown[] = [];
  #slow = 0;
  #freed: (() => void) | undefined;
  #allEnded: (() => void) | undefined;
  #watching = false;

  /** @param width - tasks at once, slow ones not counted. */
  constructor(width: number, clock: Clock) {
    this.#width = width;
    this.#clock = clock;
  }

  /**
   * Begins a task as soon as there is a slot; resolves when it has begun.
   *
   * @throws the first failure of a task begun earlier; this one is then not begun.
   */
  async run(task: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#width && this.#failures.length === 0) await this.#untilFreed();
    if (this.#failures.length > 0) throw this.#failures[0];
    const running = { began: this.#clock.elapsed() };
    this.#running.add(running);
    this.#underWay++;
    task().then(
      () => this.#ended(running),
      (error: unknown) => {
        this.#failures.push(error);
        this.#ended(running);
      },
    );
  }

  /** Resolves when every task has ended. @throws the first failure */
  async ended(): Promise<void> {
    if (this.#underWay > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#allEnded = resolve;
      await promise;
    }
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  #ended(running: Task): void {
    if (!this.#running.delete(running)) this.#slow--;
    this.#wake();
    if (--this.#underWay === 0) this.#allEnded?.();
  }

  async #untilFreed(): Promise<void> {
    void this.#watch();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#freed = resolve;
    await promise;
  }

  /** While someone waits, looks for tasks that take long. */
  async #watch(): Promise<void> {
    if (this.#watching) return;
    this.#watching = true;
    do {
      await this.#clock.sleep(SLOW / 4);
      this.#passBySlow();
    } while (this.#freed !== undefined);
    this.#watching = false;
  }

  #passBySlow(): void {
    const before = this.#clock.elapsed() - SLOW;
    for (const task of this.#running) {
      if (task.began > before || this.#slow >= MOST_SLOW) break;
      this.#running.delete(task);
      this.#slow++;
    }
    if (this.#running.size < this.#width) this.#wake();
  }

  #wake(): void {
    this.#freed?.();
    this.#freed = undefined;
  }
}
