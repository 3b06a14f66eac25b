import type { HistoryName } from './history.ts';
import type { Turn } from './turn.ts';

/** What a turn set out to post and did not finish. */
export interface Unfinished {
  /** Its turn’s. */
  readonly fence: number;
  /** Where that may have appended. */
  readonly histories: readonly HistoryName[];
  /** The id of a connection: all of it went out to that one and those before; undefined where that is true of none. */
  readonly upTo: string | undefined;
}

/**
 * What each shard is posting. It alone decides what is posted again after a failure: one shard has one record, which is
 * changed in atomic steps, each of which may be repeated.
 *
 * A record may be lost. Then nothing is known of the fences before, and what was appended under them is posted again where
 * it comes again.
 */
export interface Postings {
  /**
   * Begins a turn, which ends every other of this shard. It remains to finish what an earlier one did not.
   *
   * @param above - the fence is greater than this.
   * @throws DependencyAway; repeating the call begins another turn.
   */
  claim(shard: string, above: number): Promise<{ readonly turn: Turn; readonly unfinished: Unfinished | undefined }>;

  /**
   * Notes where a turn appends, whose events it will then post. What was unfinished before is finished thereby.
   *
   * @param histories - all of the turn.
   * @param isKnown - whether all that was unfinished was posted; else its fence is among the unknown from now on.
   * @throws Fenced
   * @throws DependencyAway
   */
  begin(turn: Turn, histories: readonly HistoryName[], isKnown: boolean): Promise<void>;

  /**
   * Notes how far the posting came, and makes sure that the turn goes on.
   *
   * @param of - the fence of what is posted: the turn’s own, or that of the unfinished.
   * @param upTo - as in {@link Unfinished}; undefined to leave it.
   * @throws Fenced
   * @throws DependencyAway
   */
  advance(turn: Turn, of: number, upTo: string | undefined): Promise<void>;

  /**
   * Notes that all of a turn was posted, and begins the next.
   *
   * @returns the next turn; undefined where another has begun it.
   * @throws Fenced where that was before this one was finished.
   * @throws DependencyAway
   */
  finish(turn: Turn): Promise<Turn | undefined>;
}
