import type { Broadcast } from './broadcast.ts';

/** A message as it came. */
export interface Arrived {
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly messageId: string | undefined;
  /** The queue it came from. */
  readonly queue: string;
}

/** A message that cannot be processed, and why. */
export interface Poison extends Arrived {
  readonly reason: string;
}

/** A message from a shard queue: a broadcast, with what it was made of, or what can never become one. */
export type Incoming = { readonly broadcast: Broadcast; readonly arrived: Arrived } | { readonly poison: Poison };
