import type { Position } from '../protocol/position.ts';
import type { HistoryName } from './history.ts';

/** Which histories back-ends may hear. */
export interface Announced {
  readonly enabled: boolean;
  /** Those of private events, too. */
  readonly private: boolean;
}

/** Whether back-ends may hear a history. */
export const isAnnounced = ({ user }: HistoryName, { enabled, private: isPrivate }: Announced): boolean =>
  enabled && (user === undefined || isPrivate);

/** Parts of the backlog. Each is worked through by itself, by one process at a time. */
export const BACKLOG_PARTS = 16;

/** The right to work through one part of the backlog, until it is given anew. */
export interface Watch {
  readonly part: number;
  /** Greater than that of every watch before, of this part. */
  readonly fence: number;
}

/** A history that was appended to, and of which nobody said since that all was announced. */
export interface Waiting {
  readonly name: HistoryName;
  /** Names the latest append that was noted. */
  readonly mark: string;
}

/**
 * Which histories hold events that are to be announced to back-ends, and how far each was announced: a cursor, which lies
 * with the history and goes with it.
 *
 * Two fences keep a worker that was frozen from going on beside its successor: that of the part, and that of each history
 * which the successor has taken up.
 */
export interface Backlog {
  /**
   * Notes that histories were appended to. Whoever appends calls it afterwards, and before what was appended counts as
   * done: so a worker that looks finds the append, and a function that is killed in between has its batch come back.
   *
   * @param shard - the name of a shard’s queue. It decides the part.
   * @throws DependencyAway; repeating the call is safe.
   */
  note(shard: string, names: readonly HistoryName[]): Promise<void>;

  /** Begins a watch over a part, which ends every other. @throws DependencyAway */
  claim(part: number): Promise<Watch>;

  /**
   * The histories of a part whose time has come, those first that have waited longest.
   *
   * @throws Fenced where a later watch has begun.
   * @throws DependencyAway
   */
  waiting(watch: Watch, most: number): Promise<readonly Waiting[]>;

  /**
   * Puts a history off, so that others come before it.
   *
   * @param pause - milliseconds from now.
   * @throws Fenced
   * @throws DependencyAway
   */
  postpone(watch: Watch, waiting: Waiting, pause: number): Promise<void>;

  /**
   * Takes a history up: from now on no earlier watch moves its cursor.
   *
   * @returns the cursor, up to which all was announced; undefined where there is none, since there is no such history.
   * @throws Fenced where a later watch has taken it up.
   * @throws DependencyAway
   */
  takeUp(watch: Watch, name: HistoryName): Promise<Position | undefined>;

  /**
   * Moves the cursor of a history; where it stays, this confirms that the watch goes on.
   *
   * @param from - where the cursor stands.
   * @param to - the offset up to which all was announced.
   * @throws Fenced where a later watch has taken the history up, another history has its name, or the cursor was set back.
   * @throws DependencyAway; repeating the call is safe.
   */
  advance(watch: Watch, name: HistoryName, from: Position, to: number): Promise<void>;

  /**
   * Says that all of a history was announced that was appended up to its mark. It waits on where more was noted since.
   *
   * @throws Fenced
   * @throws DependencyAway
   */
  settle(watch: Watch, waiting: Waiting): Promise<void>;

  /** Milliseconds for which what waits longest waits since it was noted or put off; 0 where nothing does. @throws DependencyAway */
  age(): Promise<number>;
}

/** The part to which the histories of a shard belong. Shards of other numbers are in other parts, as far as there are parts. */
export const partOfShard = (shard: string): number => {
  const number = Number(shard.slice(shard.lastIndexOf('.') + 1));
  return Number.isSafeInteger(number) ? Math.abs(number) % BACKLOG_PARTS : 0;
};
