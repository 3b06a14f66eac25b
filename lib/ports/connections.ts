import type { Caller } from './connection.ts';

/** The records of open connections. */
export interface Connections {
  /** Writes the record; writing it again changes nothing but its expiry. Durable when resolved. */
  open(caller: Caller): Promise<void>;

  /** Writes the record with other capabilities, and with these wherever the connection listens. */
  redeclare(caller: Caller): Promise<void>;

  /**
   * Removes the record and every subscription of the connection. Safe to repeat, and to call for a connection that was
   * never opened; a call that fails half-way is completed by the next one or by expiry.
   */
  close(id: string): Promise<void>;

  /** Notes a sign of life, so that nobody need ask the gateway for the connection. A record that is gone stays gone. */
  seen(id: string): Promise<void>;
}
