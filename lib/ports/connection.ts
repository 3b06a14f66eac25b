import type { Capabilities } from '../protocol/capabilities.ts';
import type { Session } from '../protocol/session.ts';

/** One client’s socket, as the gateway knows it. */
export interface Connection {
  readonly id: string;
  readonly user: string;
  /** Address of the gateway that holds the socket: `http(s)://host[:port][/stage]`. */
  readonly endpoint: string;
  /** What its client can take beside plain frames. */
  readonly capabilities: Capabilities;
}

/** A connection that is to be greeted. */
export interface Greeted extends Connection {
  /** When its session ends, milliseconds since 1970; null for one that does not. */
  readonly expires: number | null;
}

/** A connection whose client asks for something, with what it may do. */
export interface Caller extends Connection {
  readonly session: Session;
}
