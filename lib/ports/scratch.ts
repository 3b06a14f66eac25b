import type { Chunk } from '../protocol/messages/wrapping.ts';
import type { Identity } from './identity.ts';

/** Milliseconds an unfinished message is held from its latest chunk on. */
export const CHUNKS_HELD = 60_000;

/** Milliseconds an unfinished message is held from its first chunk on, however many come. */
export const CHUNKS_HELD_AT_MOST = 600_000;

/** Messages that one connection may have under way. */
export const MOST_MESSAGES = 8;

/** Milliseconds a cursor is kept. */
export const CURSOR_LIFETIME = 600_000;

/** Milliseconds a cursor is kept from when it is asked for as shared. */
export const SHARED_CURSOR_LIFETIME = CURSOR_LIFETIME + 60_000;

/**
 * Bytes of a user's cursors that are kept, about: some forty of the largest, of a thousand channels each. A request for
 * them is short, so without a bound whoever asks again and again would fill the store.
 */
export const MOST_CURSOR_BYTES = 16 * 2 ** 20;

/** Milliseconds a ticket is good. */
export const TICKET_LIFETIME = 30_000;

/** What putting a chunk of a message to the others came to: the whole text, or why there is none. */
export type Assembled =
  | { readonly whole: string }
  | 'incomplete'
  | 'other-total'
  /** The message is larger than one may be; what was held of it is forgotten. */
  | 'too-large'
  /** The connection has too much or too many under way. */
  | 'too-many';

/**
 * What is kept for a client between two of its requests: the chunks of a message, what a replay goes on with, and whom a
 * ticket lets in. Each has one owner, and nobody else comes to it. Each is kept for a time that is said here, and nothing
 * is wrong if it is lost before: its owner asks again.
 */
export interface Scratch {
  /**
   * Puts a chunk to the others of its message. They come in any order and at once. Each message is handed out whole
   * exactly once, to whoever brought its last missing chunk. What stays incomplete is forgotten: see {@link CHUNKS_HELD}.
   *
   * @param most - bytes of one message; a connection has no more than twice that under way.
   */
  addChunk(connectionId: string, chunk: Chunk, most: number): Promise<Assembled>;

  /**
   * Keeps what a replay goes on with, for its user alone and for {@link CURSOR_LIFETIME}, unless the user's later ones take
   * up all that is kept of them. The newest is kept, whatever it takes.
   *
   * @returns a name for it that cannot be guessed.
   */
  saveCursor(user: string, content: string): Promise<string>;

  /** @returns undefined for one that was never saved for this user, or is no longer kept. */
  loadCursor(user: string, name: string): Promise<string | undefined>;

  /** The same, of what several share: it stays for as long as those that are saved within a minute from now. */
  loadSharedCursor(user: string, name: string): Promise<string | undefined>;

  /**
   * Keeps whom a ticket lets in: a browser shows one in the address of its handshake, where a token must not stand.
   *
   * @returns a ticket that cannot be guessed, good once within {@link TICKET_LIFETIME}.
   */
  issueTicket(identity: Identity): Promise<string>;

  /** @returns whom it was issued to; undefined for one that was never issued, was used, or is too old. */
  redeemTicket(ticket: string): Promise<Identity | undefined>;
}
