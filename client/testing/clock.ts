import { settle, VirtualClock } from '../../lib/memory/virtual-clock.ts';
import type { Clock } from '../src/index.ts';

/** Turns of Node’s loop without work after which there is none. */
const QUIET_TURNS = 3;

/** Turns after which work that is still under way waits for time. */
const MOST_TURNS = 200;

/**
 * The time of a test service and of its clients. It stands still until it is advanced; what needs no time happens by itself.
 * Chance is the same in every run.
 */
export class TestClock extends VirtualClock implements Clock {
  #chance = 1;
  /** What is under way and needs no time. */
  #busy = 0;
  #advancing: Promise<void> = Promise.resolve();

  /** @param begin - milliseconds since 1970. */
  constructor(begin: number) {
    super(0, begin);
  }

  /** A linear congruential generator, with the constants of Numerical Recipes. */
  random(): number {
    this.#chance = (this.#chance * 1_664_525 + 1_013_904_223) >>> 0;
    return this.#chance / 2 ** 32;
  }

  override after(duration: number, run: () => void): () => void {
    if (duration > 0) return super.after(duration, run);
    let task: (() => void) | undefined = run;
    void this.busy(async () => {
      await settle();
      task?.();
    });
    return () => {
      task = undefined;
    };
  }

  /** Does some work that needs no time. `settled` waits for it. */
  async busy<T>(work: () => Promise<T>): Promise<T> {
    this.#busy++;
    try {
      return await work();
    } finally {
      this.#busy--;
    }
  }

  /** Resolves once nothing can happen any more without time. */
  async settled(): Promise<void> {
    let quiet = 0;
    for (let turns = 0; turns < MOST_TURNS && quiet < QUIET_TURNS; turns++) {
      await settle();
      quiet = this.#busy === 0 ? quiet + 1 : 0;
    }
  }

  /** Lets time pass, and everything happen that is due meanwhile. Calls that overlap are done one after another. */
  override async advance(duration: number): Promise<void> {
    this.#advancing = this.#advancing.then(() => this.#pass(duration));
    await this.#advancing;
  }

  async #pass(duration: number): Promise<void> {
    await this.settled();
    for (const run of this.dueWithin(duration)) {
      run();
      await this.settled();
    }
  }
}
