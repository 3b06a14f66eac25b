import type { Level } from './rate-limiter.ts';

/** What the service may tell of itself. Each has a channel of its own, `$service:` before its name. */
export type ServiceEventKind =
  | 'connections'
  | 'subscriptions'
  | 'users'
  | 'channels'
  | 'sessions'
  | 'limits'
  | 'parked';

/** Milliseconds for which nobody is there before that is told. Who comes back meanwhile was never away. */
export const GRACE = 10_000;

/** Milliseconds in which it is told once of a user that a limit was reached. */
export const EXCEEDED_EACH = 60_000;

/**
 * Why a connection ended:
 *
 * - `left`: its client or the gateway ended it, and the gateway said so.
 * - `gone`: the gateway did not know it any more when it was asked, or posted to.
 * - `stuck`: it did not take its frames.
 * - `expired`, `revoked`: its session.
 * - `limits`: it sent on beyond them.
 * - `refused`: its handshake failed after it was taken in.
 */
export type EndReason = 'left' | 'gone' | 'stuck' | 'expired' | 'revoked' | 'limits' | 'refused';

/** Something that is true of the service, and is to be told. */
export interface ServiceFact {
  /** Names it among all there ever were, and is the same however often it is read. */
  readonly id: string;
  readonly kind: ServiceEventKind;
  /** `opened`, `subscribed`: the category of its event. */
  readonly what: string;
  /** When it came true, milliseconds since 1970 by the store's clock. */
  readonly at: number;
  /** JSON of an object. */
  readonly data: string;
  /** As it stands in the store. */
  readonly written: string;
}

/** Of which something may be to be told. */
export interface Untold {
  /** Names what it is told of. */
  readonly subject: string;
  /** When it was due, and by which note. */
  readonly due: string;
  readonly mark: string;
}

/**
 * What is to be told of the service, written in the very step that makes it true: nothing is lost with a function that is
 * killed. A subject is noted before such a step. So it is found whatever happens after that.
 *
 * Nothing here is fenced. Whoever tells does so in order, and takes away what was told only then. So of several who tell
 * the same at once each tells it in order, and its first arrivals are in order.
 */
export interface ServiceEvents {
  /**
   * Subjects whose time has come, those first that have waited longest.
   *
   * @param most - of each part.
   */
  untold(most: number): Promise<readonly Untold[]>;

  /** What is to be told of a subject, in the order in which it came true; `most` at most. */
  facts(subject: string, most: number): Promise<readonly ServiceFact[]>;

  /** Takes away what was told. Safe to repeat. */
  told(subject: string, fact: ServiceFact): Promise<void>;

  /**
   * There was nothing to be told of a subject. It comes up again while somebody may still make true what was noted before,
   * and is then forgotten; if it was noted meanwhile, it stays as it is.
   */
  overlook(untold: Untold): Promise<void>;

  /** For how long, at worst, a subject has waited to be looked at, milliseconds; 0 where none waits. */
  age(): Promise<number>;

  /** Writes down that a user reached a limit, unless that was written within {@link EXCEEDED_EACH}. */
  exceeded(user: string, level: Level): Promise<void>;

  /**
   * Writes down that a message is put aside.
   *
   * @param name - of the message; the same where it comes again.
   * @param data - what is told of it.
   */
  parked(name: string, data: Readonly<Record<string, string>>): Promise<void>;
}
