import type { Session } from '../protocol/session.ts';
import type { Caller, Connection } from './connection.ts';
import type { EndReason } from './service-events.ts';

/** The records of open connections. */
export interface Connections {
  /**
   * Writes the record; writing it again changes nothing but its expiry. Durable when resolved.
   *
   * @param most - connections the user may have, this one among them; any number, unless it is said.
   * @returns `taken` where a connection of another user has this id: its record stays as it is. `too-many` where the user
   *   has as many others: what was written of this one is removed by `close`.
   */
  open(caller: Caller, most?: number): Promise<'taken' | 'too-many' | undefined>;

  /**
   * The connections a user is noted to have, of which some may be gone without anyone having been told. To be looked for
   * by whoever asks, for the gateway has to be asked about each.
   *
   * @param pause - milliseconds for which nobody else is told of them.
   * @param handshake - milliseconds that a handshake may take: those that were opened later are left out, for the gateway
   *   says that they are gone.
   * @returns none where somebody was told of them within their pause.
   */
  toLookFor(user: string, pause: number, handshake: number): Promise<readonly Pick<Connection, 'id' | 'endpoint'>[]>;

  /** How many connections a user is noted to have, of which some may be gone. Changes nothing. */
  count(user: string): Promise<number>;

  /**
   * Gives a connection another session, and ends the subscriptions that it does not allow. Whatever the connection
   * subscribes to at the same time is refused, or is allowed by the new session, or ends here.
   *
   * @param caller - with the session under which this was asked for.
   * @param allows - whether a text may be held under the new session.
   * @returns the texts that ended; `other-session` where the connection has been given another one than the caller's, or
   *   than this, by now.
   * @throws DependencyAway; repeating the call, by the session that the connection has then, completes it.
   */
  renew(
    caller: Caller,
    session: Session,
    allows: (text: string) => boolean,
  ): Promise<readonly string[] | 'other-session'>;

  /** Writes the caller's capabilities, and nothing else, in the record and wherever the connection listens. */
  redeclare(caller: Caller): Promise<void>;

  /**
   * Removes the record and every subscription of the connection. Safe to repeat, and to call for a connection that was
   * never opened; a call that fails half-way is completed by the next one or by expiry.
   *
   * @param reason - is told of the service, where nothing else was said by `because`; `gone`, unless it is said.
   */
  close(id: string, reason?: EndReason): Promise<void>;

  /**
   * Says why a connection is about to be ended, where its end is told. The gateway says that it has ended as soon as it is
   * closed, and knows nothing of the reason.
   */
  because(id: string, reason: EndReason): Promise<void>;

  /** Removes what `close` removes, and leaves the socket, which could not be closed, to the sweeper. Safe to repeat. */
  leave(connection: Pick<Connection, 'id' | 'endpoint'>, reason?: EndReason): Promise<void>;

  /** Notes a sign of life, so that nobody need ask the gateway for the connection. A record that is gone stays gone. */
  seen(id: string): Promise<void>;
}
