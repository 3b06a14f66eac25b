/** Consumers that one user may have. */
export const MOST_CONSUMERS = 20;

/** Milliseconds for which a consumer stays that nobody uses: longer than a holiday. */
export const CONSUMER_LIFETIME = 30 * 86_400_000;

/** Acknowledgements of a consumer that say the same when they are asked for again. */
export const ACKNOWLEDGEMENTS_REMEMBERED = 16;

/** A named consumer: what it follows, and how far it came. */
export interface Consumer {
  readonly name: string;
  /** Channels and patterns, in the order in which they were given. */
  readonly patterns: readonly string[];
  /** Up to where all was acknowledged: a text of whoever moves it. */
  readonly cursor: string;
  /** When it was made, milliseconds since 1970. */
  readonly madeAt: number;
  /** When the lease that somebody has ends, milliseconds since 1970; undefined where nobody has one. */
  readonly leasedUntil: number | undefined;
}

/** The right to move the cursor of a consumer, until it is given anew. */
export interface ConsumerLease {
  /** Greater than that of every lease before, of this consumer and of any that had its name. */
  readonly fence: number;
  readonly patterns: readonly string[];
  readonly cursor: string;
}

/** Somebody else has the lease. */
export interface ConsumerHeld {
  /** Milliseconds until it ends, unless it is given back before. */
  readonly remaining: number;
}

/**
 * Consumers, by their user and name. Each use keeps one for `CONSUMER_LIFETIME`.
 *
 * One lease at a time goes on. Whoever has it offers a cursor, which becomes that of the consumer once it is acknowledged
 * under the same fence. So what was handed out and never acknowledged is handed out again, and whoever was frozen behind
 * a lease that ended moves nothing.
 */
export interface Consumers {
  /**
   * Makes a consumer, or changes what it follows. Where that is changed, whoever has the lease loses it.
   *
   * @param cursor - where it begins, if it is made; else it stays where it is.
   * @returns false where the user has as many as a user may have.
   * @throws DependencyAway; repeating the call is safe.
   */
  put(user: string, name: string, patterns: readonly string[], cursor: string): Promise<boolean>;

  /** @returns undefined where there is none. @throws DependencyAway */
  find(user: string, name: string): Promise<Consumer | undefined>;

  /**
   * Some consumers, of anybody: those first of which this was told longest ago. Some may be gone since.
   *
   * @throws DependencyAway
   */
  round(most: number): Promise<readonly { readonly user: string; readonly name: string }[]>;

  /** All of a user, in the order of their names (UTF-16 code units). @throws DependencyAway */
  all(user: string): Promise<readonly Consumer[]>;

  /** Removes a consumer with its cursor, where there is one. @throws DependencyAway; repeating the call is safe. */
  remove(user: string, name: string): Promise<void>;

  /**
   * Moves the cursor, whoever has the lease, who loses it.
   *
   * @returns false where there is no such consumer.
   * @throws DependencyAway; repeating the call is safe.
   */
  place(user: string, name: string, cursor: string): Promise<boolean>;

  /**
   * Leases a consumer to one caller. What an earlier one offered is forgotten.
   *
   * @param caller - names this call alone: repeated with it, the same lease is given.
   * @param duration - milliseconds.
   * @returns undefined where there is no such consumer.
   * @throws DependencyAway; repeating the call is safe.
   */
  lease(
    user: string,
    name: string,
    caller: string,
    duration: number,
  ): Promise<ConsumerLease | ConsumerHeld | undefined>;

  /**
   * Says to where the cursor is to move once it is acknowledged, and lets the lease go on.
   *
   * @param duration - milliseconds from now.
   * @returns false where the lease was given anew, or taken away.
   * @throws DependencyAway; repeating the call is safe.
   */
  offer(user: string, name: string, fence: number, cursor: string, duration: number): Promise<boolean>;

  /**
   * Moves the cursor to where it was offered, and ends the lease. It does not matter whether its time is over: as long as
   * nobody had one since, nobody else has seen what was handed out.
   *
   * @returns false where the lease was given anew, or taken away: then nothing is moved. True where the same was
   *   acknowledged before, whoever has had the lease since, of the last `ACKNOWLEDGEMENTS_REMEMBERED`; what takes the lease
   *   away forgets them.
   * @throws DependencyAway; repeating the call is safe.
   */
  acknowledge(user: string, name: string, fence: number): Promise<boolean>;

  /**
   * Gives the lease back, and moves the cursor over what nobody was handed.
   *
   * @returns false where the lease was given anew, or taken away.
   * @throws DependencyAway; repeating the call is safe.
   */
  giveBack(user: string, name: string, fence: number, cursor: string): Promise<boolean>;
}
