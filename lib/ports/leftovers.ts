import type { Connection } from './connection.ts';

/** A connection of which it is to be looked whether it is still there. */
export interface DueConnection {
  readonly id: string;
  /** Its gateway, where its record is still there. */
  readonly endpoint: string | undefined;
  /** Milliseconds since the last sign of life; infinite where nothing is known. */
  readonly quiet: number;
}

/** A socket that could not be closed. */
export type UnclosedSocket = Pick<Connection, 'id' | 'endpoint'>;

/** What may have been left behind by functions that were killed and messages that were lost. For the sweeper alone. */
export interface Leftovers {
  /**
   * Connections whose time to be looked for has come, those overdue longest first. Every connection that was opened, or
   * subscribed to anything, comes up until it is closed.
   *
   * @param now - milliseconds since 1970.
   * @param most - connections at most.
   */
  due(now: number, most: number): Promise<readonly DueConnection[]>;

  /** Ends what requests of a connection were ending when their functions were killed: it listens to that no more. */
  finish(id: string): Promise<void>;

  /** Looks for a connection again at a time, milliseconds since 1970. One that was closed meanwhile stays closed. */
  postpone(id: string, until: number): Promise<void>;

  /** Sockets of connections that were removed and could not be closed, those left longest first; `most` of them at most. */
  unclosed(most: number): Promise<readonly UnclosedSocket[]>;

  /** A socket is closed by now. */
  closed(socket: UnclosedSocket): Promise<void>;

  /**
   * Looks at some entries of the registry, next time at the following ones, and removes those that nobody can need any
   * more: no connection listens to the pattern, or none that lives can have asked for the shape. One that is asked for
   * meanwhile stays.
   *
   * @param most - about how many entries to look at.
   * @returns how many were removed.
   */
  pruneRegistry(most: number): Promise<number>;
}
