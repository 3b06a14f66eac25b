import type { PastPoint } from '../protocol/http/past.ts';

/** Points that are kept: one each ten seconds, for an hour. */
export const MOST_POINTS = 360;

/** What the newest point was made of: by how much counters grow, the next one tells. */
export interface PastReading {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly text: string;
}

/** The figures of the last hour, which the processes of a service keep together. */
export interface Past {
  /**
   * Takes the turn to make a point.
   *
   * @param pause - milliseconds for which nobody else has it.
   * @returns whether nobody had it.
   * @throws DependencyAway
   */
  claim(pause: number): Promise<boolean>;

  /** What the newest point was made of; undefined where there is none of the last hour. @throws DependencyAway */
  latest(): Promise<PastReading | undefined>;

  /** Keeps a point, and what it was made of, for an hour. Beyond {@link MOST_POINTS} the oldest go. @throws DependencyAway */
  add(point: PastPoint, reading: PastReading): Promise<void>;

  /** The points that are kept, the oldest first. @throws DependencyAway */
  points(): Promise<readonly PastPoint[]>;
}
