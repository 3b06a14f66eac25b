/** Fences from one to another, both inclusive. */
export type FenceRange = readonly [from: number, to: number];

/** The right to append and to post for a shard, until it is given anew. */
export interface Turn {
  /** The name of the shard’s queue. */
  readonly shard: string;
  /** Greater than that of every turn before, of all shards. */
  readonly fence: number;
  /** Fences of the shard of which nobody knows what was appended under them, nor whether all of it was posted. */
  readonly unknown: readonly FenceRange[];
  /**
   * When the first of the messages that are done in it was published, milliseconds since 1970; undefined where nobody said. Of them
   * no id is forgotten, so that they may come back.
   */
  readonly oldest?: number | undefined;
}

/** A later turn has begun: whoever holds this one neither appends nor posts any more. */
export class Fenced extends Error {
  override readonly name = 'Fenced';

  /** No turn up to this one may go on; undefined where that is not known. */
  readonly fence: number | undefined;

  constructor(fence?: number) {
    super('a later turn of the shard, or of the history, has begun');
    this.fence = fence;
  }
}
