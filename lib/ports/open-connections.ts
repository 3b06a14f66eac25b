import type { OpenConnection, OpenConnectionsPage } from '../protocol/open-connections.ts';
import type { Session } from '../protocol/session.ts';

/** An open connection, and what its client may do. */
export interface ConnectionWithSession {
  readonly shown: OpenConnection;
  readonly session: Session;
}

/** Who is connected, for those who watch over the service. */
export interface OpenConnections {
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
