import type { appendedOf } from './dedup-window.ts';

/**
 * What is to be known of one sequence to go on with it: its last offset and its epoch; when it was told so, where nothing was
 * heard of it since (ms since 1970); the event at that offset, where it was heard; and the skew of its clocks, ms. JSON writes
 * null for what is undefined.
 */
export type SavedSequence = readonly [
  offset: number,
  epoch: string,
  since: number | null | undefined,
  event: ReturnType<typeof appendedOf> | null | undefined,
  skew: number,
];

/** Its name, the time of its latest event (ms since 1970), and where it and the user’s private events there stand. */
type SavedChannel = readonly [
  name: string,
  latest: number,
  own?: SavedSequence | null | undefined,
  mine?: SavedSequence | null | undefined,
];

/**
 * Where a client stands in all that it has heard, from `exportPositions()`: another goes on there. JSON writes and reads it as
 * it is. What stands in it is of this version of the library, as the first number says, and nobody else’s to read.
 */
export type SavedPositions = readonly [
  version: 1,
  /** The history's clock when everything there was had been heard; JSON writes null where that was never so. */
  completeTo: number,
  /** What is not later was heard, of channels that were forgotten; null for none. */
  forgottenTo: number,
  /**
   * Channels and patterns, each with the time since when it is sure to be heard, and none where nobody has begun to hear it; of one
   * that stands twice, the last time counts.
   */
  texts: readonly (readonly [text: string, since: number | null | undefined])[],
  channels: readonly SavedChannel[],
];
