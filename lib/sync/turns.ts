import type { Clock } from '../ports/clock.ts';
import type { HistoryName } from '../ports/history.ts';
import type { Postings, Unfinished } from '../ports/postings.ts';
import { Fenced, type Turn } from '../ports/turn.ts';
import { throwAfter } from './deadline.ts';
import { retry } from './retry.ts';

/**
 * Milliseconds for which a turn counts as its holder’s own since the record last said so. Later it is asked again: the
 * function may have been frozen, and another may have gone on.
 */
const CONFIRMED_FOR = 1_500;

/** Milliseconds for which a turn that was begun by finishing the last is used. Later another process may have begun one. */
const KEPT = 5_000;

/** Turns of one batch, where others append to its histories. */
const MOST_TRIES = 5;

/** What is done within a turn. */
type Work<T> = (held: HeldTurn, unfinished: Unfinished | undefined) => Promise<T>;

/** A turn that this process holds, for as long as one batch has time. */
export class HeldTurn {
  #turn: Turn;
  readonly #postings: Postings;
  readonly #clock: Clock;
  readonly #deadline: number;
  /** Milliseconds of the clock’s `elapsed`. */
  #confirmedAt: number;
  #hasBegun = false;
  #asking: Promise<void> | undefined;

  /**
   * @param deadline - of the batch, milliseconds of `clock.elapsed`.
   * @param confirmedAt - when it was asked for, at the earliest.
   */
  constructor(turn: Turn, postings: Postings, clock: Clock, deadline: number, confirmedAt: number) {
    this.#turn = turn;
    this.#postings = postings;
    this.#clock = clock;
    this.#deadline = deadline;
    this.#confirmedAt = confirmedAt;
  }

  get turn(): Turn {
    return this.#turn;
  }

  /** Notes where it appends. @throws Fenced @throws DependencyAway; repeating the call is safe. */
  async begin(histories: readonly HistoryName[], isKnown: boolean): Promise<void> {
    await this.#confirming(() => this.#postings.begin(this.turn, histories, isKnown));
    this.#hasBegun = true;
  }

  /** Whether the record has it that something is done in the turn: nothing is posted before. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Of an earlier turn it is not known whether all was posted. */
  doubt(fence: number): void {
    this.#turn = { ...this.#turn, unknown: [...this.#turn.unknown, [fence, fence]] };
  }

  /** Whether the next step may be taken without asking. */
  get isSure(): boolean {
    const now = this.#clock.elapsed();
    return now <= this.#deadline && now - this.#confirmedAt < CONFIRMED_FOR;
  }

  /**
   * Notes how far the posting came, as `Postings.advance` does.
   *
   * @throws Fenced
   * @throws DependencyAway; repeating the call is safe.
   */
  async advance(of: number, upTo: string | undefined): Promise<void> {
    await this.#confirming(() => this.#postings.advance(this.turn, of, upTo));
  }

  /**
   * Makes sure that the next step may be taken.
   *
   * @throws Fenced
   * @throws DeadlineExceeded
   * @throws DependencyAway where that could not be found out in time.
   */
  async confirm(): Promise<void> {
    throwAfter(this.#deadline, this.#clock);
    if (!this.isSure) await this.ask();
    throwAfter(this.#deadline, this.#clock);
  }

  /** Asks the record whether the turn goes on. @throws Fenced @throws DependencyAway */
  async ask(): Promise<void> {
    // Many posts ask at once.
    this.#asking ??= retry(this.#clock, this.#deadline, () => this.advance(this.turn.fence, undefined)).finally(() => {
      this.#asking = undefined;
    });
    await this.#asking;
  }

  /** @returns the next turn; undefined where another process holds it. @throws Fenced @throws DependencyAway */
  async finish(): Promise<Turn | undefined> {
    return retry(this.#clock, this.#deadline, () => this.#postings.finish(this.turn));
  }

  async #confirming(step: () => Promise<void>): Promise<void> {
    const now = this.#clock.elapsed();
    await step();
    this.#confirmedAt = Math.max(this.#confirmedAt, now);
  }
}

/** The turns of a process, batch after batch. The next is begun by finishing the last, which saves it a step of its own. */
export class Turns {
  readonly #postings: Postings;
  readonly #clock: Clock;
  readonly #next = new Map<string, { readonly turn: Turn; readonly since: number }>();

  constructor(postings: Postings, clock: Clock) {
    this.#postings = postings;
    this.#clock = clock;
  }

  /**
   * Does one batch within a turn of its shard. A failure leaves the turn unfinished; the next batch of the shard, in
   * whatever process, finishes it first.
   *
   * @param work - told what an earlier turn left unfinished; begun anew where a history refuses the turn that the record of
   *   the shard does not: another shard appended there. The same where a turn that was kept is refused before it began:
   *   another process has done a batch since.
   * @throws DeadlineExceeded
   * @throws Fenced
   * @throws DependencyAway
   */
  async hold<T>(shard: string, deadline: number, work: Work<T>): Promise<T> {
    const next = this.#next.get(shard);
    this.#next.delete(shard);
    let above = 0;
    for (let tries = 1; ; tries++) {
      // Whoever was frozen since its batch began has no right to another turn: its batch went back long ago.
      throwAfter(deadline, this.#clock);
      const now = this.#clock.elapsed();
      const kept = tries === 1 && next !== undefined && now - next.since < KEPT ? next.turn : undefined;
      const { turn, unfinished } =
        kept !== undefined
          ? { turn: kept, unfinished: undefined }
          : await retry(this.#clock, deadline, () => this.#postings.claim(shard, above));
      throwAfter(deadline, this.#clock);
      const held = new HeldTurn(turn, this.#postings, this.#clock, deadline, now);
      try {
        return await this.#through(held, () => work(held, unfinished));
      } catch (error) {
        if (!(error instanceof Fenced) || tries === MOST_TRIES) throw error;
        // Processes change shards as they are called: that is no reason for a batch to come back.
        const isStale = kept !== undefined && !held.hasBegun;
        if (error.fence === undefined && !isStale) throw error;
        above = error.fence ?? 0;
        if (!isStale) await held.ask();
      }
    }
  }

  async #through<T>(held: HeldTurn, work: () => Promise<T>): Promise<T> {
    const result = await work();
    const since = this.#clock.elapsed();
    const turn = await held.finish();
    if (turn !== undefined) this.#next.set(turn.shard, { turn, since });
    return result;
  }
}
