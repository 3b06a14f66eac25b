/**
 * A place in the history of one channel: everything up to and including `offset` has been seen. Offsets count from 1
 * without gaps within an epoch; another epoch means that the history was lost and counting began anew.
 */
export interface Position {
  readonly offset: number;
  readonly epoch: string;
}

/** Where a client stands in a channel, and beside it in its own private events there. */
export interface ChannelPosition extends Position {
  readonly private?: Position | undefined;
}

/** Positions by channel. */
export type Positions = Readonly<Record<string, ChannelPosition>>;
