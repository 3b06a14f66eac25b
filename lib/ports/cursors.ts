/**
 * Bytes of a user's cursors that are kept, about: some forty of the largest, of a thousand channels each. A request for
 * them is short, so without a bound whoever asks again and again would fill the store.
 */
export const MOST_CURSOR_BYTES = 16 * 2 ** 20;

/** What is kept for a client between two requests, for its user alone. */
export interface Cursors {
  /**
   * @returns a name for it that cannot be guessed, good for ten minutes, unless the user's later ones take up all that is
   *   kept of them. The newest is kept, whatever it takes.
   */
  save(user: string, content: string): Promise<string>;

  /** @returns undefined for one that was never saved for this user, or is no longer kept. */
  load(user: string, name: string): Promise<string | undefined>;

  /** The same, of what several share: it stays for as long as those that are saved within a minute from now. */
  loadShared(user: string, name: string): Promise<string | undefined>;
}
