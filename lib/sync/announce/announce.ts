import { BACKLOG_PARTS, type Waiting, type Watch } from '../../ports/backlog.ts';
import { DependencyAway, Overloaded } from '../../ports/dependency.ts';
import type { Meter } from '../../ports/meter.ts';
import { doubling } from '../../ports/retry-policy.ts';
import { scopeOf } from '../../ports/scope.ts';
import { Fenced } from '../../ports/turn.ts';
import { concurrently } from '../concurrently.ts';
import { Lateness } from '../lateness.ts';
import { retry } from '../retry.ts';
import { type AnnounceWorld, announceHistory, HeldUp } from './announce-history.ts';

/** Histories of a part that are looked at together, and those of them that are announced at a time. */
const ROUND = 200;
const WIDTH = 32;

/** Milliseconds between two looks at a part in which nothing waits. */
const IDLE = 100;

/** Milliseconds for which a history is put off that could not be announced, each time that it could not. */
const PAUSES = doubling(100, 5_000);

/** Milliseconds for which a history is put off that another worker has taken up. */
const OTHERS = 1_000;

/** What a run announces with. */
export interface AnnounceRun extends AnnounceWorld {
  readonly meter: Pick<Meter, 'count' | 'set'>;
  /** Told of failures that are neither of a queue that refuses nor of a dependency that is away. */
  readonly onFailure: (error: unknown) => void;
}

/** What a queue or the broker did, and may do again. */
const isPassing = (error: unknown): boolean =>
  error instanceof Overloaded || error instanceof DependencyAway || error instanceof Fenced;

/** One part of the backlog, for as long as this process has the watch over it. */
class Part {
  readonly #world: AnnounceRun;
  readonly #watch: Watch;
  readonly #lag: Lateness;
  readonly #deadline: number;
  /** For how long each history is put off next. */
  readonly #pauses = new Map<string, Iterator<number>>();

  constructor(world: AnnounceRun, watch: Watch, lag: Lateness, deadline: number) {
    this.#world = world;
    this.#watch = watch;
    this.#lag = lag;
    this.#deadline = deadline;
  }

  /** Announces what waits in it, until the deadline. @throws Fenced once another has the watch. @throws DependencyAway */
  async workThrough(): Promise<void> {
    const { backlog, clock } = this.#world;
    while (clock.elapsed() < this.#deadline) {
      this.#lag.measure();
      const waiting = await retry(clock, this.#deadline, () => backlog.waiting(this.#watch, ROUND));
      if (waiting.length === 0) await clock.sleep(IDLE);
      else await concurrently(waiting, WIDTH, (each) => this.#announce(each));
    }
  }

  async #announce(waiting: Waiting): Promise<void> {
    const { backlog, clock, onFailure } = this.#world;
    if (clock.elapsed() > this.#deadline) return;
    const key = scopeOf(waiting.name);
    try {
      const isDone = await announceHistory(this.#world, this.#watch, waiting.name, this.#deadline, ({ timestamp }) =>
        this.#lag.told(timestamp),
      );
      this.#pauses.delete(key);
      this.#lag.goesOn(key);
      if (isDone) await backlog.settle(this.#watch, waiting);
    } catch (error) {
      const cause = error instanceof HeldUp ? error.cause : error;
      if (!isPassing(cause)) onFailure(cause);
      if (error instanceof HeldUp) this.#lag.heldUp(key, error.timestamp ?? clock.now());
      await this.#putOff(waiting, error instanceof Fenced ? OTHERS : this.#pauseOf(key));
    }
  }

  #pauseOf(key: string): number {
    const pauses = this.#pauses.get(key) ?? PAUSES[Symbol.iterator]();
    this.#pauses.set(key, pauses);
    return pauses.next().value;
  }

  /** Where that is not possible either, it comes up again at once, and the next look finds out why. */
  async #putOff(waiting: Waiting, pause: number): Promise<void> {
    try {
      await this.#world.backlog.postpone(this.#watch, waiting, pause);
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
  }
}

/**
 * Announces to back-ends what the histories take, until the deadline or until another worker has begun. A history that
 * is held up, since some queue refuses its events, holds up no other.
 *
 * @param deadline - milliseconds of `clock.elapsed`.
 * @throws DependencyAway where Redis is still away at the deadline.
 */
export const announce = async (world: AnnounceRun, deadline: number): Promise<void> => {
  const { backlog, clock, meter } = world;
  const lag = new Lateness(clock, meter, 'appended_lag');
  const workThrough = async (part: number): Promise<void> => {
    const watch = await retry(clock, deadline, () => backlog.claim(part));
    try {
      await new Part(world, watch, lag, deadline).workThrough();
    } catch (error) {
      // Another has begun, and goes on from where this one was.
      if (!(error instanceof Fenced)) throw error;
    }
  };
  await Promise.all(Array.from({ length: BACKLOG_PARTS }, (_, part) => workThrough(part)));
};
