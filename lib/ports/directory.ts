import type { OpenConnection, OpenConnectionsPage } from '../protocol/open-connections.ts';
import type { Session } from '../protocol/session.ts';
import type { Caller, Connection } from './connection.ts';
import type { EndReason } from './service-events.ts';

/**
 * Milliseconds after which a connection’s traces expire by themselves: API Gateway cuts every connection at two hours,
 * and the sweeper looks for it within the next twelve minutes; the rest is for a sweeper that was away. The record and
 * the list of subscriptions live that long from the last ping or subscribe, an audience and the registry from the last
 * subscribe of anyone: all of them longer than a connection can.
 */
export const CONNECTION_LIFETIME = 9_000_000;

/** Milliseconds without a sign of life after which it is looked whether a connection is still there. */
export const QUIET = 600_000;

/** Milliseconds a revocation is remembered: no token should live longer. */
export const REVOCATION_LIFETIME = 30 * 86_400_000;

/** A connection of which it is to be looked whether it is still there. */
export interface DueConnection {
  readonly id: string;
  /** Its gateway, if its record is still there. */
  readonly endpoint: string | undefined;
  /** Milliseconds since the last sign of life; infinite if nothing is known. */
  readonly quiet: number;
}

/** A socket that could not be closed. */
export type UnclosedSocket = Pick<Connection, 'id' | 'endpoint'>;

/** How a socket that could not be closed is written down. */
export const unclosedText = ({ id, endpoint }: UnclosedSocket): string => `${id} ${endpoint}`;

/** The socket that a text was written for by {@link unclosedText}. */
export const unclosedOf = (text: string): UnclosedSocket => {
  const [id = '', endpoint = ''] = text.split(' ');
  return { id, endpoint };
};

/** An open connection, and what its client may do. */
export interface ConnectionWithSession {
  readonly shown: OpenConnection;
  /** Its gateway. It is nobody else’s to know. */
  readonly endpoint: string;
  readonly session: Session;
}

/**
 * Who is connected: one record for each connection, with whose it is, where its socket is, what its client can take and
 * may do. Everything else here is an index over these records, and where an index and a record differ, the record is right.
 *
 * Every call may be repeated. A call that fails half-way is completed by the next one, by the sweeper, or by expiry:
 * nothing of a connection outlives its last sign of life by more than {@link CONNECTION_LIFETIME}.
 */
export interface Directory {
  /**
   * Writes the record; writing it again changes nothing but its expiry. Durable when resolved.
   *
   * @param most - connections the user may have, this one among them; any number, unless it is said.
   * @returns `taken` if a connection of another user has this id: its record stays as it is. `too-many` if the user has as
   *   many others: what was written of this one is removed by `close`.
   */
  open(caller: Caller, most?: number): Promise<'taken' | 'too-many' | undefined>;

  /**
   * The caller as its record has it now: it may have been given another session, or other capabilities, since it
   * connected. If there is no record, as it was given. One round trip, shared with what else is asked in its tick.
   *
   * @returns undefined if its session was revoked.
   */
  find(caller: Caller): Promise<Caller | undefined>;

  /**
   * Gives a connection another session, and ends the subscriptions that it does not allow. Whatever the connection
   * subscribes to at the same time is refused, or is allowed by the new session, or ends here.
   *
   * @param caller - with the session under which this was asked for.
   * @param allows - whether a text may be held under the new session.
   * @returns the texts that ended; `other-session` if the connection has been given another one than the caller's, or
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

  /** Notes a sign of life, so that nobody need ask the gateway for the connection. A record that is gone stays gone. */
  seen(id: string): Promise<void>;

  /**
   * Says why a connection is about to be ended, if its end is told. The gateway says that it has ended as soon as it is
   * closed, and knows nothing of the reason.
   */
  because(id: string, reason: EndReason): Promise<void>;

  /**
   * Removes the record and every subscription of the connection. Safe to repeat, and to call for a connection that was
   * never opened; a call that fails half-way is completed by the next one or by expiry.
   *
   * @param reason - is told of the service, if nothing else was said by `because`; `gone`, unless it is said.
   */
  close(id: string, reason?: EndReason): Promise<void>;

  /** Removes what `close` removes, and leaves the socket, which could not be closed, to the sweeper. Safe to repeat. */
  leave(connection: UnclosedSocket, reason?: EndReason): Promise<void>;

  /**
   * Revokes every session of the user that was granted up to `now`, ms since 1970. Safe to repeat, with any time. It is
   * remembered for {@link REVOCATION_LIFETIME}.
   *
   * @returns the user’s connections.
   */
  revoke(user: string, now: number): Promise<readonly Connection[]>;

  /** Whether a session of the user was revoked. */
  isRevoked(user: string, session: Session): Promise<boolean>;

  /** How many connections a user is noted to have, of which some may be gone. Changes nothing. */
  countOf(user: string): Promise<number>;

  /**
   * The connections a user is noted to have, of which some may be gone without anyone having been told. To be looked for
   * by whoever asks, for the gateway has to be asked about each.
   *
   * @param pause - milliseconds for which nobody else is told of them.
   * @param handshake - milliseconds that a handshake may take: those that were opened later are left out, for the gateway
   *   says that they are gone.
   * @returns none if somebody was told of them within their pause.
   */
  toLookFor(user: string, pause: number, handshake: number): Promise<readonly UnclosedSocket[]>;

  /** For the sweeper: connections whose session ended before `now`, ms since 1970, and that are not closed yet; at most `most`. */
  ended(now: number, most: number): Promise<readonly Connection[]>;

  /**
   * For the sweeper: connections whose time to be looked for has come, those overdue longest first. Every connection that
   * was opened, or subscribed to anything, comes up until it is closed; {@link QUIET} after that at the earliest.
   *
   * @param now - milliseconds since 1970.
   * @param most - connections at most.
   */
  due(now: number, most: number): Promise<readonly DueConnection[]>;

  /** Looks for a connection again at a time, milliseconds since 1970. One that was closed meanwhile stays closed. */
  postpone(id: string, until: number): Promise<void>;

  /** Sockets that were left by `leave`, those left longest first; `most` of them at most. */
  unclosed(most: number): Promise<readonly UnclosedSocket[]>;

  /** Forgets a socket that was left by `leave`, and is closed by now. */
  forgetUnclosed(socket: UnclosedSocket): Promise<void>;

  /** How many connections are open. */
  count(): Promise<number>;

  /**
   * Open connections, the longest open first. One that is open throughout is in exactly one page.
   *
   * @param cursor - the `next` of the page before; undefined for the first.
   * @returns undefined for a cursor that is none.
   */
  page(most: number, cursor: string | undefined): Promise<OpenConnectionsPage | undefined>;

  /** The open connections of a user, the longest open first; at most so many. */
  ofUser(user: string, most: number): Promise<readonly ConnectionWithSession[]>;
}
