import type { Channel } from '../protocol/channel.ts';
import type { Position } from '../protocol/position.ts';
import type { Priority } from '../protocol/priority.ts';
import type { Sequence } from './sequence.ts';

/** An event on its way: accepted, not yet in the history. */
export interface Broadcast {
  /** Idempotency key within publisher and channel. */
  readonly id: string;
  readonly channel: Channel;
  readonly category: string;
  readonly priority: Priority;
  /** JSON text, as the publisher sent it. */
  readonly data: string;
  /** Who published it, where that is known. */
  readonly userId?: string;
  /**
   * When it was published: milliseconds since 1970, by the clock of the door it came in by. Absent where its publisher, who
   * may be any, did not say.
   */
  readonly published?: number;
  /** Whom alone it is for; absent where it is for everyone who listens. */
  readonly targetUsers?: readonly string[];
  /** Where it stands in a trace, as W3C Trace Context has it; absent where its publisher did not say. */
  readonly traceparent?: string;
  /** Which write of its publisher it is, where that says so. */
  readonly sequence?: Sequence;
}

/** Where the history put a broadcast; of one that is known by its number alone the place is forgotten, and its offset 0. */
export interface Appended extends Position {
  /** Milliseconds since 1970 by the history’s clock; never decreasing within the history it went to. */
  readonly timestamp: number;
  /** The broadcast was there already, and the turn that appended it posted it or will: see `History.append`. */
  readonly duplicate: boolean;
}

/** A broadcast and its place: one for all, or for a private broadcast one for each user it names. */
export type Recorded = { readonly broadcast: Broadcast } & (
  | { readonly at: Appended }
  | { readonly atUser: ReadonlyMap<string, Appended> }
);
