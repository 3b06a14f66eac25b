/** What is counted for a frame. */
export interface Toll {
  /** Undefined for what comes over no connection. */
  readonly connection: string | undefined;
  readonly user: string;
  /** How many messages of each type. */
  readonly messages: ReadonlyMap<string, number>;
  /** How many of them were counted before, as what they came wrapped in: of these only the type is. Else none. */
  readonly counted?: number;
}

/** A limit that was reached. */
export interface Exceeded {
  readonly level: 'messageType' | 'connection' | 'user' | 'global';
  /** Milliseconds until it lets something pass again. */
  readonly retryAfter: number;
  /** Whoever it is goes on sending although it is refused. */
  readonly persistent: boolean;
}

/** What the limits are. Durations in milliseconds, whole seconds of them. */
export interface RateLimits {
  readonly enabled: boolean;
  readonly duration: number;
  /** For how long a connection or a user is refused that exceeded its limit; 0 for the rest of the duration. */
  readonly block: number;
  /** Messages in one duration. */
  readonly points: { readonly connection: number; readonly user: number; readonly global: number };
  /** Messages of a type and a connection, by type. */
  readonly types: Readonly<Record<string, number>>;
  /** Users who are not counted. */
  readonly allowed: readonly string[];
}

/** How much everyone may send. */
export interface RateLimiter {
  /**
   * Counts messages at every level, one type of a connection, the connection, the user, everyone, in one round trip
   * that is shared with what else is asked in its tick. What a narrower level refuses is not counted at wider ones.
   * Never rejects: where counts cannot be shared, each process counts by itself.
   *
   * @returns the narrowest limit that was reached.
   */
  take(toll: Toll): Promise<Exceeded | undefined>;

  /** Counts a handshake like a message, against the limit of its user alone. Never rejects. */
  takeHandshake(user: string): Promise<Exceeded | undefined>;

  /**
   * Refuses, without asking anyone, what is known to be refused by the narrowest limit; it counts as if it had been
   * taken.
   *
   * @returns undefined where it has to be taken.
   */
  refuse(toll: Toll): Exceeded | undefined;
}
