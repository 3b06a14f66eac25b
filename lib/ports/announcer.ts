import type { HistoryName, StoredEvent } from './history.ts';

/** Offsets of a history that were gone before anybody announced them. */
export interface Gap {
  readonly epoch: string;
  /** The first. */
  readonly from: number;
  /** The last. */
  readonly to: number;
}

/**
 * The way out to back-ends, which bind queues of their own to it: each gets what its patterns match, in the order of the
 * calls that were resolved.
 */
export interface Announcer {
  /**
   * Tells of an event. Resolves once every queue that is bound for it has it safe; that may be none.
   *
   * @throws Overloaded where one of the queues refuses it; others may have taken it.
   * @throws TooLarge where the broker takes nothing so large.
   * @throws DependencyAway where nobody knows; repeating the call may tell of it twice.
   */
  event(name: HistoryName, event: StoredEvent): Promise<void>;

  /** Tells of what nobody will be told. Resolves and throws as `event` does. */
  gap(name: HistoryName, gap: Gap): Promise<void>;
}
