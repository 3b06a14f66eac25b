import type { Clock } from '../ports/clock.ts';
import type { HealthReport, HealthReports } from '../ports/health.ts';
import { statusOf } from './health.ts';
import { withTimeout } from './with-timeout.ts';

/** Milliseconds for which a report is good: shorter where it is bad, so that a recovery is seen soon. */
const GOOD = 10_000;
const BAD = 1_000;

/** Milliseconds for which an old report will do while another process makes the next. */
const BEARABLE = 30_000;

/** Milliseconds a process has for its turn, and those a report of another is waited for. */
const TURN = 5_000;
const POLL = 100;

/** Milliseconds to read what is shared, and to write it. */
const PATIENCE = 1_000;

interface World {
  readonly reports: HealthReports;
  readonly clock: Clock;
  /** Makes a report. Never rejected. @param previous - the one before, if there is one. */
  readonly probe: (previous: HealthReport | undefined) => Promise<HealthReport>;
}

interface Known {
  readonly report: HealthReport;
  /** When it was made at the earliest, milliseconds of `elapsed`. */
  readonly since: number;
}

/**
 * How the service is, as one process finds it out for all behind one gateway, at need and every ten seconds at most. Where
 * what is shared cannot be reached, each finds it out by itself.
 */
export class Probes {
  readonly #world: World;
  #asked: Promise<HealthReport> | undefined;
  /** The report this process made last. */
  #own: Known | undefined;
  #doubted = Number.NEGATIVE_INFINITY;

  constructor(world: World) {
    this.#world = world;
  }

  /** Something happened since which no report is to be believed that was made before. */
  doubt(): void {
    this.#doubted = this.#world.clock.elapsed();
  }

  /** The report that holds now. Never rejected, and there within seconds. */
  latest(): Promise<HealthReport> {
    this.#asked ??= this.#find().finally(() => {
      this.#asked = undefined;
    });
    return this.#asked;
  }

  async #find(): Promise<HealthReport> {
    const { reports, probe, clock } = this.#world;
    const asked = clock.elapsed();
    let known: Known | undefined;
    let isShared = true;
    try {
      known = await this.#read();
      if (known !== undefined && this.#holds(known, asked)) return known.report;
      if (!(await this.#within(reports.claim(TURN)))) return await this.#others(known);
    } catch {
      isShared = false;
      const own = this.#own;
      if (own !== undefined && this.#holds(own, asked) && statusOf(own.report.findings) === 'unhealthy')
        return own.report;
      known ??= own;
    }
    const began = clock.elapsed();
    const report = await probe(known?.report);
    this.#own = { report, since: clock.elapsed() };
    // Whoever asks next finds out by itself.
    if (isShared) await this.#within(reports.write(report)).catch(() => undefined);
    // What happened meanwhile may have come after the check that it is of.
    if (this.#doubted >= began && statusOf(report.findings) !== 'unhealthy') this.doubt();
    return report;
  }

  /** What another process finds, whose turn it is. */
  async #others(known: Known | undefined): Promise<HealthReport> {
    const { probe, clock } = this.#world;
    const began = clock.elapsed();
    if (known !== undefined && began - known.since < BEARABLE && this.#isBelieved(known)) return known.report;
    const giveUp = began + TURN;
    while (clock.elapsed() < giveUp) {
      await clock.sleep(POLL);
      const asked = clock.elapsed();
      const next = await this.#read();
      if (next !== undefined && this.#holds(next, asked)) return next.report;
    }
    return probe(known?.report);
  }

  /** Its age counts from before it was asked for: what happened while the answer was on its way comes after it. */
  async #read(): Promise<Known | undefined> {
    const { reports, clock } = this.#world;
    const asked = clock.elapsed();
    const known = await this.#within(reports.read());
    return known && { report: known.report, since: asked - known.age };
  }

  /**
   * A bad one is looked at again so soon that whatever happened since makes no difference.
   *
   * @param at - when it was asked for, milliseconds of `elapsed`.
   */
  #holds(known: Known, at: number): boolean {
    if (statusOf(known.report.findings) === 'unhealthy') return at - known.since < BAD;
    return at - known.since < GOOD && this.#isBelieved(known);
  }

  #isBelieved({ since }: Known): boolean {
    return since > this.#doubted;
  }

  #within<T>(step: Promise<T>): Promise<T> {
    return withTimeout(this.#world.clock, PATIENCE, step, () => new Error('what is shared cannot be reached'));
  }
}
