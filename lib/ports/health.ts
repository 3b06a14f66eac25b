/** How one part of the service is. */
export interface Finding {
  readonly works: boolean | 'unknown';
  /** What it makes of the whole service. */
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  /** What is wrong, in words for everyone; undefined where nothing is. */
  readonly reason?: string | undefined;
}

/** How far a shard got. */
export interface ShardProgress {
  /** Steps it has made, and messages it was handed again, by the counters. */
  readonly steps: number;
  readonly redelivered: number;
  /** Since when messages have waited and no step was made, milliseconds since 1970; undefined where none wait. */
  readonly since?: number | undefined;
}

/** What the probes found. */
export interface HealthReport {
  /** When, milliseconds since 1970. */
  readonly at: number;
  /** By the names of the checks. */
  readonly findings: Readonly<Record<string, Finding>>;
  /** By queue. */
  readonly shards: Readonly<Record<string, ShardProgress>>;
}

/** Something does not do what it is there for, and it is known why. The message is for everyone: it names no address. */
export class Unable extends Error {
  override readonly name = 'Unable';
}

/** What the processes behind one gateway know together of how the service is, so that one of them probes for all. */
export interface HealthReports {
  /**
   * The latest report, with its age in milliseconds; undefined where there is none.
   *
   * @throws DependencyAway
   */
  read(): Promise<{ readonly report: HealthReport; readonly age: number } | undefined>;

  /**
   * Takes the turn to probe, until the report is written, and for so many milliseconds at most.
   *
   * @returns whether nobody else has it.
   * @throws DependencyAway
   */
  claim(duration: number): Promise<boolean>;

  /** Keeps a report for ten minutes, and gives the turn back. @throws DependencyAway */
  write(report: HealthReport): Promise<void>;
}
