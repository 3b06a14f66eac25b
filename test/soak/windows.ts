import { check, EVERYTHING, type Seen, type Verdict, violations } from '../faults/checker.ts';

/** Who hears what, for as long as the run lasts. */
export interface Listener {
  readonly name: string;
  readonly user: string;
  readonly channels: readonly string[];
}

interface Window {
  readonly began: number;
  readonly seen: Seen[];
  /** Hearings that are due for what was acked, less those that came. */
  owed: number;
}

/** What all windows came to. */
export interface Sum {
  windows: number;
  acked: number;
  heard: number;
  gaps: number;
  longestOutage: number;
  /** Where the longest one was. */
  slowest: string;
  readonly violations: string[];
}

const MOST_VIOLATIONS = 100;

/**
 * Judges a run that is too long to be remembered as a whole, window by window. Between two windows nothing is being
 * broadcast, so that each has its own stretch of every channel’s offsets; the id of an event says which is its window.
 */
export class Windows {
  readonly sum: Sum = { windows: 0, acked: 0, heard: 0, gaps: 0, longestOutage: 0, slowest: '', violations: [] };
  readonly #listeners: readonly Listener[];
  readonly #open = new Map<number, Window>();
  #latest = -1;

  constructor(listeners: readonly Listener[]) {
    this.#listeners = listeners;
  }

  /** Begins the next window. Only while nothing is being broadcast. */
  begin(now: number): void {
    this.#open.set(++this.#latest, { began: now, seen: [], owed: 0 });
  }

  /** The name of a broadcast of the present window. */
  idOf(publisher: string, sequence: number): string {
    return `${this.#latest}-${publisher}-${sequence}`;
  }

  sent(event: Omit<Extract<Seen, { type: 'sent' }>, 'type'>): void {
    this.#of(event.id)?.seen.push({ type: 'sent', ...event });
  }

  /** @param to - the users who alone were to hear it. */
  acked(at: number, id: string, channel: string, to: readonly string[] | undefined): void {
    const window = this.#of(id);
    if (window === undefined) return;
    window.seen.push({ type: 'acked', at, id });
    window.owed += this.#listeners.filter(
      ({ user, channels }) => channels.includes(channel) && (to?.includes(user) ?? true),
    ).length;
  }

  heard(event: Omit<Extract<Seen, { type: 'heard' }>, 'type'>): void {
    this.sum.heard++;
    const window = this.#of(event.id);
    if (window === undefined) {
      this.#violated(`doubled: ${event.listener} heard ${event.id} after its window was judged`);
      return;
    }
    window.seen.push({ type: 'heard', ...event });
    window.owed--;
  }

  /** A listener was told that events are missing. In a run without faults none may be. */
  gap(listener: string, channel: string | undefined): void {
    this.sum.gaps++;
    this.#violated(`lost: ${listener} was told of a gap on ${channel ?? 'some channel'}`);
  }

  /** Looks for the longest outage anew. */
  forgetOutage(): void {
    this.sum.longestOutage = 0;
    this.sum.slowest = '';
  }

  /** When a window began. */
  beganAt(window: number): number {
    return (this.#open.get(window) as Window).began;
  }

  get latest(): number {
    return this.#latest;
  }

  /** Whether everything that was acked in a window has been heard. */
  isSettled(window: number): boolean {
    return (this.#open.get(window)?.owed ?? 0) <= 0;
  }

  /** Whether an event in the history belongs to a window. */
  isOf(window: number, id: string): boolean {
    return windowOf(id) === window;
  }

  /**
   * Judges a window for good.
   *
   * @param stored - what the history holds of it.
   */
  judge(window: number, stored: readonly Extract<Seen, { type: 'stored' }>[]): Verdict {
    const { began, seen } = this.#open.get(window) as Window;
    this.#open.delete(window);
    const listening = this.#listeners.map(
      ({ name, user, channels }): Seen => ({ type: 'listening', at: began - 1, listener: name, user, channels }),
    );
    const verdict = check([...listening, ...seen, ...stored], EVERYTHING);
    this.sum.windows++;
    this.sum.acked += verdict.acked;
    if (verdict.longestOutage > this.sum.longestOutage) {
      this.sum.longestOutage = verdict.longestOutage;
      this.sum.slowest = slowestOf(seen, verdict.longestOutage);
    }
    for (const what of violations(verdict)) this.#violated(`window ${window}: ${what}`);
    return verdict;
  }

  #violated(what: string): void {
    if (this.sum.violations.length < MOST_VIOLATIONS) this.sum.violations.push(what);
  }

  #of(id: string): Window | undefined {
    return this.#open.get(windowOf(id));
  }
}

const windowOf = (id: string): number => Number.parseInt(id, 10);

/** Who heard what so late, in words. */
const slowestOf = (seen: readonly Seen[], outage: number): string => {
  const sent = new Map(seen.flatMap((each) => (each.type === 'sent' ? [[each.id, each.at] as const] : [])));
  const late = seen.flatMap((each) => {
    if (each.type !== 'heard') return [];
    const took = each.at - (sent.get(each.id) ?? each.at);
    return took > outage / 2 ? [{ listener: each.listener, took, id: each.id, at: each.at }] : [];
  });
  const [worst] = late.sort((a, b) => b.took - a.took);
  const who = [...new Set(late.map(({ listener }) => listener))].join(', ');
  return worst === undefined
    ? ''
    : `${late.length} hearings of ${who}, the slowest ${worst.id} at ${new Date(worst.at).toISOString()}`;
};
