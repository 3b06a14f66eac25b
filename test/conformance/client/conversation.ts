import type { Appended } from './service.ts';
import type { EventReport, GapReport, Report } from './words.ts';

/** One subscription, from the command on. Places are lengths of the log. */
export interface Listening {
  readonly text: string;
  /** When the client reported that it is held; undefined before. */
  from?: number;
  /** When it was told to end it. */
  to?: number;
  /** When the client reported that it is ended. */
  ended?: number;
}

interface Heard<R> {
  readonly report: R;
  /** By `performance.now()`. */
  readonly at: number;
  /** Which of all reports it was. */
  readonly turn: number;
}

/** What happened in one conversation: what was published, what the client was told, and what it reported. */
export class Conversation {
  readonly user: string;
  readonly log: readonly Appended[];
  /** Whether the service replays. */
  readonly replays: boolean;
  readonly listenings: Listening[] = [];
  readonly events: Heard<EventReport>[] = [];
  readonly gaps: Heard<GapReport>[] = [];
  readonly reports: Report[] = [];
  /** Ids of broadcasts that the client was told to make. */
  readonly broadcasts = new Set<string>();
  readonly acked: string[] = [];
  /** Ids of broadcasts of which it reported what became. */
  readonly settled = new Set<string>();
  /** Whether the client declared that it takes chunks. */
  takesChunks = false;

  constructor(user: string, { log, replays }: { readonly log: readonly Appended[]; readonly replays: boolean }) {
    this.user = user;
    this.log = log;
    this.replays = replays;
  }

  /** Channels and patterns that the client is to be subscribed to. */
  get held(): readonly string[] {
    return this.listenings.flatMap(({ text, from, to }) => (from !== undefined && to === undefined ? [text] : []));
  }

  /** Takes down a report. */
  take(report: Report): void {
    const turn = this.reports.push(report);
    const heard = { at: performance.now(), turn };
    if (report.report === 'event') this.events.push({ report, ...heard });
    else if (report.report === 'gap') this.gaps.push({ report, ...heard });
    else if (report.report === 'subscribed') {
      for (const each of this.#of(report.text)) each.from ??= this.log.length;
    } else if (report.report === 'unsubscribed') {
      for (const each of this.#of(report.text)) if (each.to !== undefined) each.ended ??= this.log.length;
    } else if (report.report === 'acked') {
      this.acked.push(report.id);
      this.settled.add(report.id);
    } else if (report.report === 'error' && report.id !== undefined) this.settled.add(report.id);
  }

  #of(text: string): readonly Listening[] {
    return this.listenings.filter((each) => each.text === text);
  }
}
