import type { Connection } from './connection.ts';

/** The outcome of a post: the gateway took it; the connection is no more; or it would not take it in time. */
export type Posted = 'taken' | 'gone' | 'stuck';

/** How long one connection is tried, over all the posts that are given this. */
export interface Patience {
  /** Milliseconds that are left. A post takes off what its connection made it wait. */
  left: number;
  /** When posts end in any case, milliseconds of the clock’s `elapsed`. */
  readonly until: number;
}

/** @returns so many milliseconds of patience, and no other bound. */
export const patienceOf = (milliseconds: number): Patience => ({ left: milliseconds, until: Number.POSITIVE_INFINITY });

/** Told how posts go. Never waits and never fails. */
export interface PostObserver {
  /** @param duration - milliseconds, all tries included. */
  posted(outcome: Posted, duration: number): void;

  /** A post was refused because there were too many; it is tried again. */
  throttled(): void;
}

/** Frames to clients. */
export interface Gateway {
  /**
   * Posts one frame, trying again on what is passing, for as long as there is patience. What the quota of the account makes
   * it wait takes none, and makes no connection `stuck`. What fails of one connection alone is no fault of the gateway.
   *
   * Frames of one connection arrive in order only if each post is awaited before the next.
   *
   * @throws DependencyAway where the gateway itself could not be reached for that long, or took no more from this account
   *   until the end of the patience.
   */
  post(connection: Connection, frame: Uint8Array, patience: Patience): Promise<Posted>;

  /**
   * Asks whether a connection is there.
   *
   * @returns `unknown` where the gateway is one that cannot say.
   * @throws DependencyAway where it did not answer, or was too busy to.
   */
  find(connection: Pick<Connection, 'id' | 'endpoint'>): Promise<'open' | 'gone' | 'unknown'>;

  /** Closes the socket. Safe to repeat. @throws DependencyAway where that could not be done now. */
  close(connection: Pick<Connection, 'id' | 'endpoint'>): Promise<void>;
}
