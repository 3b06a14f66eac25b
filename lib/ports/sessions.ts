import type { Session } from '../protocol/session.ts';
import type { Caller, Connection } from './connection.ts';

/** What the clients of connections may do. */
export interface Sessions {
  /**
   * The caller as its record has it now: it may have been given another session, or other capabilities, since it
   * connected. Where there is no record, as it was given. One round trip, shared with what else is asked in its tick.
   *
   * @returns undefined where its session was revoked.
   */
  find(caller: Caller): Promise<Caller | undefined>;

  /**
   * Revokes every session of the user that was granted up to `now`, ms since 1970. Safe to repeat, with any time.
   *
   * @returns the user’s connections.
   */
  revoke(user: string, now: number): Promise<readonly Connection[]>;

  /** Whether a session of the user was revoked. */
  isRevoked(user: string, session: Session): Promise<boolean>;

  /** Connections whose session ended before `now`, ms since 1970, that are not closed yet; at most `most` of them. */
  ended(now: number, most: number): Promise<readonly Connection[]>;
}
