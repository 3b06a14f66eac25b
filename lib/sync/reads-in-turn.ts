import type { Exceeded } from '../ports/rate-limiter.ts';
import { exceeded } from './exceeded.ts';

/**
 * Reads of the history, those of one user one after another. What a read costs is known only once it was done, so several
 * at once would all be let in before the first of them is paid.
 */
export class ReadsInTurn {
  /** By user, the end of the last read that was asked for: with the limit that it used up. */
  readonly #last = new Map<string, Promise<Exceeded | undefined>>();

  /**
   * Reads once what the user asked for before was read and paid.
   *
   * @param read - what is read.
   * @param pay - charges the user for it, also where it failed; what it comes to refuses those that wait.
   * @throws ProtocolError RATE_LIMIT_EXCEEDED where a read before it used up a limit; nothing is read then.
   * @throws what `read` throws
   */
  async take<T>(user: string, read: () => Promise<T>, pay: () => Promise<Exceeded | undefined>): Promise<T> {
    const before = this.#last.get(user);
    const turn = Promise.withResolvers<Exceeded | undefined>();
    this.#last.set(user, turn.promise);
    let limit = await before;
    try {
      // Whoever waited sent it before they were refused: it is no sign of sending on all the same.
      if (limit !== undefined) throw exceeded({ ...limit, persistent: false });
      try {
        return await read();
      } finally {
        limit = await pay();
      }
    } finally {
      if (this.#last.get(user) === turn.promise) this.#last.delete(user);
      turn.resolve(limit);
    }
  }
}
