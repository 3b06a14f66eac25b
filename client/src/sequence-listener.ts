import type { Position } from '../../lib/protocol/position.ts';
import type { Event, Source } from './messages.ts';

/**
 * Why events are missing for good: they are not kept any more; the service lost the history and counts anew; or it says
 * that it has them and does not bring them.
 */
export type GapReason = 'trimmed' | 'epoch-lost' | 'undelivered';

/** What a sequence tells of itself. */
export interface SequenceListener {
  /** The next event, in order. */
  release(event: Event, source: Source): void;
  /**
   * Events are missing for good.
   *
   * @param epoch - whose events they were.
   * @param from - the first missing offset.
   * @param to - the last; undefined where that is not known.
   */
  gap(reason: GapReason, epoch: string, from: number, to: number | undefined): void;
  /** An event that was heard before was left out. */
  duplicate(): void;
}

/** What an answer says of one sequence, once all frames of a page are in. */
export interface Settlement {
  /** Something that was asked for is not there. */
  readonly lost: boolean;
  /** Where the history stands, where the answer says so. */
  readonly at: Position | undefined;
  /** No page follows. */
  readonly complete: boolean;
}
