import type { Chunk } from '../protocol/messages/wrapping.ts';

/** What putting a piece of a message to the others came to: the whole text, or why there is none. */
export type Assembled =
  | { readonly whole: string }
  | 'incomplete'
  | 'other-total'
  /** The message is larger than one may be; what was held of it is forgotten. */
  | 'too-large'
  /** The connection has too much or too many under way. */
  | 'too-many';

/** Messages that come in pieces, in any order and at once. */
export interface Assembly {
  /**
   * Puts a piece to the others of its message. Each message is handed out whole exactly once, to whoever brought its last
   * missing piece. What stays incomplete is forgotten a minute after its latest piece.
   *
   * @param most - bytes of one message; a connection has no more than twice that under way.
   */
  add(connectionId: string, chunk: Chunk, most: number): Promise<Assembled>;
}
