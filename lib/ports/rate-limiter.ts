/** Levels at which messages are counted, narrowest first; `backend` stands for those of clients, where a back-end sends. */
export type Level = 'messageType' | 'connection' | 'user' | 'backend' | 'global' | keyof Kept;

/** What is counted for a frame. */
export interface Toll {
  /** Undefined for what comes over no connection. */
  readonly connection: string | undefined;
  readonly user: string;
  /**
   * That it is of a back-end, which has a limit of its own instead of those of clients: `claimed` by its token, whose
   * messages do not count for everyone; or only since it publishes over HTTP, so that they do. Else it is of a client.
   */
  readonly backEnd?: 'claimed' | 'unclaimed' | undefined;
  /** How many messages of each type. */
  readonly messages: ReadonlyMap<string, number>;
  /** How many of them were counted before, as what they came wrapped in: of these only the type is. Else none. */
  readonly counted?: number;
  /** Points for the work that they are beside the messages; of a limit that allows less, as many as it allows. Else none. */
  readonly work?: number;
  /** Bytes that are kept of them, if they are let in. Else none. */
  readonly kept?: Kept;
}

/** Bytes that the service keeps for a user, about. */
export interface Kept {
  /** In histories, times the copies: for the retention at the most. */
  readonly stored: number;
  /** Of messages that are not whole yet: for minutes at the most. */
  readonly passing: number;
}

/** A limit that was reached. */
export interface Exceeded {
  readonly level: Level;
  /** Messages that it lets pass in one duration; of a quota, bytes. */
  readonly points: number;
  /** Milliseconds of the duration. */
  readonly duration: number;
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
  /** Messages of one back-end in one duration. */
  readonly backEnd: number;
  /** Messages of a type and a connection, by type. */
  readonly types: Readonly<Record<string, number>>;
  /** Bytes that may be kept for a user; for whom there is none, nothing is counted of it. */
  readonly quota?: Quota | undefined;
  /** Users who are not counted. */
  readonly allowed: readonly string[];
}

/**
 * What may be kept for one user. It is a leaky bucket: what was kept counts less and less, evenly, as if it were gone
 * after so many milliseconds. So nobody's copies are looked for, and no more than twice the bytes are ever kept. Source:
 * Turner, "New Directions in Communications", IEEE Communications Magazine, 1986.
 */
type Quota = Readonly<Record<keyof Kept, { readonly bytes: number; readonly duration: number }>>;

/**
 * What everyone may send, shared out.
 *
 * @param points - that everyone may send in one duration.
 * @param users - who sent something in it.
 * @returns what a user may send of it whatever others do; beyond, as long as there is some left.
 */
export const fairShare = (points: number, users: number): number => Math.max(1, points / Math.max(1, users));

/** How much everyone may send. */
export interface RateLimiter {
  /**
   * Counts messages at every level, one type of a connection, the connection, the user, everyone, in one round trip
   * that is shared with what else is asked in its tick. What a narrower level refuses is not counted at wider ones, and
   * what is refused since everyone’s is used up not at that. Then those who sent no more than their fair share of it are
   * let through all the same. What is kept counts against the quota of its user, in the same round trip; what it refuses is
   * not counted for everyone, and what a limit refuses is not kept. Of what is larger than the quota, as much counts as it
   * allows. Never rejects: where counts cannot be shared, each process counts by itself, and the quota lets pass.
   *
   * @returns the narrowest limit that was reached.
   */
  take(toll: Toll): Promise<Exceeded | undefined>;

  /**
   * Notes work that a message turned out to be, once it was done. It counts with what the user sends next, as far as this
   * process takes it. Of users who are not counted nothing is noted.
   *
   * @param work - points; parts of one add up.
   */
  owe(user: string, work: number): void;

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
