/** What is kept for a client between two requests, for its user alone. */
export interface Cursors {
  /** @returns a name for it that cannot be guessed, good for ten minutes. */
  save(user: string, content: string): Promise<string>;

  /** @returns undefined for one that was never saved for this user, or is no longer kept. */
  load(user: string, name: string): Promise<string | undefined>;

  /** The same, of what several share: it stays for as long as those that are saved within a minute from now. */
  loadShared(user: string, name: string): Promise<string | undefined>;
}
