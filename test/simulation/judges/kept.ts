import type { Gap } from '../../../client/src/gap.ts';
import type { MemoryStore } from '../../../lib/memory/store.ts';
import type { Broadcast } from '../../../lib/ports/broadcast.ts';
import type { Clock } from '../../../lib/ports/clock.ts';
import type { HistoryName } from '../../../lib/ports/history.ts';
import { scopeOf } from '../../../lib/ports/scope.ts';
import type { Seen } from '../../faults/checker.ts';
import type { Stage } from '../stage/environment.ts';
import { type EventName, nameOf } from './owed.ts';

/** What functions are deployed with: whether events are kept, and for how many milliseconds. */
export interface Keeping {
  readonly enabled: boolean;
  readonly retention: number;
}

/** Milliseconds for which ids are remembered at the least. Counters live twice as long as ids. */
const REMEMBERED = 360_000;

/** What was appended, and whether it was kept, and cut by nobody since. */
interface Entry {
  readonly id: string;
  readonly offset: number;
  /** By its history, milliseconds since 1970, and milliseconds since the plan began. */
  readonly at: number;
  readonly elapsed: number;
  isThere: boolean;
}

/** All that was appended to a history under one epoch. */
interface Ledger {
  readonly name: HistoryName;
  readonly epoch: string;
  readonly entries: Map<number, Entry>;
  /** When its events may expire, and all that is known of it, at the earliest: milliseconds since 1970. */
  eventsUntil: number;
  until: number;
}

/** An environment that appends. */
interface Appender {
  readonly name: string;
  readonly clock: Clock;
}

/** A history as it was before a step. */
interface Before {
  readonly name: HistoryName;
  readonly epoch: string | undefined;
  readonly offset: number;
  readonly stored: readonly { readonly offset: number; readonly timestamp: number }[];
}

/**
 * What histories have to hold where functions are deployed with other settings: everything that was kept, for the longest
 * retention under which something was appended since. It judges each step that cuts, and knows of each event whether it may be
 * missing. Elsewhere it knows nothing, and excuses nothing.
 */
export class Kept {
  readonly #stage: Stage;
  readonly #store: MemoryStore;
  readonly #maxEvents: number;
  /** Whether other settings are deployed at all. */
  readonly isOn: boolean;
  /** By history, the latest last. */
  readonly #ledgers = new Map<string, Ledger[]>();
  /** Connections that were told that there is no replay, and those that asked for what is older than the retention. */
  readonly #refused = new Set<string>();
  readonly #tooOld = new Set<string>();
  /** Those that asked for what is older than the shortest retention that was deployed. */
  readonly #old = new Set<string>();
  #shortest = Number.POSITIVE_INFINITY;

  constructor(stage: Stage, store: MemoryStore, maxEvents: number, isOn: boolean) {
    this.#stage = stage;
    this.#store = store;
    this.#maxEvents = maxEvents;
    this.isOn = isOn;
  }

  get #now(): number {
    return this.#store.clock.now();
  }

  /** Functions are deployed with this: they may answer by it before they append anything. */
  deployed({ retention }: Keeping): void {
    this.#shortest = Math.min(this.#shortest, retention);
  }

  /** Has something appended, and judges what the step did. */
  async append<R>(
    { name, clock }: Appender,
    keeping: Keeping,
    broadcasts: readonly Broadcast[],
    work: () => Promise<R>,
  ): Promise<R> {
    if (!this.isOn) return work();
    const names = new Map<string, HistoryName>();
    for (const { channel, targetUsers } of broadcasts) {
      const all = targetUsers?.map((user) => ({ channel: channel.text, user })) ?? [{ channel: channel.text }];
      for (const each of all) names.set(scopeOf(each), each);
    }
    const before = [...names.values()].map((each) => this.#look(each));
    const earliest = Math.min(clock.now(), this.#now);
    // Each call of a port in memory is over before it returns.
    const done = work();
    const said = new Map(
      broadcasts.map(({ userId = '', id, data }) => [
        `${userId}\n${id}`,
        (JSON.parse(data) as { readonly id: string }).id,
      ]),
    );
    for (const each of before) this.#took(name, keeping, each, said, earliest);
    return done;
  }

  #look(name: HistoryName): Before {
    const { epoch, offset = 0 } = this.#store.counters.get(scopeOf(name)) ?? {};
    const stored = (this.#store.events.get(scopeOf(name)) ?? []).map(({ offset, timestamp }) => ({
      offset,
      timestamp,
    }));
    return { name, epoch, offset, stored };
  }

  #took(
    by: string,
    { enabled, retention }: Keeping,
    before: Before,
    said: ReadonlyMap<string, string>,
    earliest: number,
  ): void {
    const { name } = before;
    const scope = scopeOf(name);
    const counters = this.#store.counters.get(scope);
    if (counters === undefined) return;
    const { epoch, offset } = counters;
    const known = before.epoch === epoch ? before.offset : 0;
    if (offset === known) return;
    const ledger = this.#ledgerOf(name, epoch);
    // What has expired is gone, whatever comes.
    if (this.#now >= ledger.eventsUntil) for (const entry of ledger.entries.values()) entry.isThere = false;
    const appended = offset - known;
    const there = new Set((this.#store.events.get(scope) ?? []).map((event) => event.offset));
    let cut = 0;
    for (const each of before.stored) {
      const entry = ledger.entries.get(each.offset);
      if (before.epoch !== epoch || there.has(each.offset) || entry?.isThere !== true) continue;
      entry.isThere = false;
      cut++;
      const isOld = each.timestamp < earliest - retention || each.offset <= offset - this.#maxEvents;
      // While nothing is kept, what is appended takes with it what was.
      if (enabled && !isOld)
        this.#accuse(`${by} cuts ${each.offset} of ${scope}, which is neither old nor one too many`);
    }
    if (cut > 2 * appended) this.#accuse(`${by} cuts ${cut} events of ${scope}, and appends ${appended}`);
    const ids = this.#store.ids.get(scope) ?? new Map();
    for (const [identity, at] of ids) {
      if (at.epoch === epoch && at.offset > known)
        ledger.entries.set(at.offset, {
          id: said.get(identity) ?? '',
          offset: at.offset,
          at: at.timestamp,
          elapsed: this.#stage.time.elapsed(),
          isThere: enabled && there.has(at.offset),
        });
    }
    const now = this.#now;
    if (enabled) ledger.eventsUntil = Math.max(ledger.eventsUntil, now + retention);
    ledger.until = Math.max(ledger.until, now + 2 * Math.max(retention, REMEMBERED));
  }

  #ledgerOf(name: HistoryName, epoch: string): Ledger {
    const scope = scopeOf(name);
    const all = this.#ledgers.get(scope) ?? [];
    this.#ledgers.set(scope, all);
    const last = all.at(-1);
    if (last?.epoch === epoch) return last;
    if (last !== undefined && this.#now < last.until) this.#accuse(`${scope} begins anew, and was to be remembered`);
    const ledger: Ledger = { name, epoch, entries: new Map(), eventsUntil: 0, until: 0 };
    all.push(ledger);
    return ledger;
  }

  #accuse(what: string): void {
    this.#stage.problems.push(`kept: ${what.replace('\n', ' for ')}`);
  }

  #find(name: HistoryName, epoch: string): Ledger | undefined {
    return this.#ledgers.get(scopeOf(name))?.find((each) => each.epoch === epoch);
  }

  #isMissing(ledger: Ledger, { isThere }: Entry): boolean {
    return !isThere || this.#now >= ledger.eventsUntil;
  }

  /** The epoch of a history. */
  epochOf(name: HistoryName): string | undefined {
    return this.#ledgers.get(scopeOf(name))?.at(-1)?.epoch;
  }

  /** Whether a history may have ended with an epoch: nothing was appended to it for as long as it is remembered. */
  hasEnded(name: HistoryName, epoch: string): boolean {
    const ledger = this.#find(name, epoch);
    return ledger !== undefined && this.#now >= ledger.until;
  }

  /** Whether a history may lack all of these offsets: they were not kept, or not for longer. */
  mayLack(name: HistoryName, epoch: string, from: number, to: number): boolean {
    const ledger = this.#find(name, epoch);
    if (ledger === undefined || from > to) return false;
    for (let offset = from; offset <= to; offset++) {
      const entry = ledger.entries.get(offset);
      if (entry === undefined || !this.#isMissing(ledger, entry)) return false;
    }
    return true;
  }

  /** Whether a history may lack anything from an offset on, in any epoch. */
  mayLackSome(name: HistoryName, from = 1): boolean {
    const isFrom = (ledger: Ledger): boolean =>
      [...ledger.entries.values()].some((entry) => entry.offset >= from && this.#isMissing(ledger, entry));
    return (this.#ledgers.get(scopeOf(name)) ?? []).some(isFrom);
  }

  /** What histories were to take and need not hold, as if they held it. */
  get missing(): readonly Seen[] {
    return [...this.#ledgers.values()].flat().flatMap((ledger) => {
      const { name, epoch, entries } = ledger;
      const stored = this.#store.events.get(scopeOf(name)) ?? [];
      const there = new Set(stored.flatMap((event) => (event.epoch === epoch ? [event.offset] : [])));
      return [...entries.values()].flatMap((entry): Seen[] => {
        const { id, offset } = entry;
        return this.#isMissing(ledger, entry) && !there.has(offset)
          ? [{ type: 'stored', ...name, id, epoch, offset }]
          : [];
      });
    });
  }

  /**
   * Second copies of what has no id that were not kept. Whoever is killed before it posts one leaves nothing that somebody else
   * could post, if the broker has handed to another since what it worked on.
   *
   * @param bare - ids of what was published without one.
   */
  copiesNotKept(bare: ReadonlySet<string>): ReadonlySet<EventName> {
    const copies = [...this.#ledgers.values()].flatMap((ledgers) => {
      const known = new Set<string>();
      return ledgers.flatMap(({ name, epoch, entries }) =>
        [...entries.values()].flatMap(({ id, offset, isThere }) => {
          const isCopy = known.has(id);
          known.add(id);
          return isCopy && bare.has(id) && !isThere ? [nameOf(name, { epoch, offset })] : [];
        }),
      );
    });
    return new Set(copies);
  }

  /** A connection is told by an environment that there is no replay. */
  refuses(by: string, { enabled }: Keeping, connection: string): void {
    this.#refused.add(connection);
    if (enabled) this.#accuse(`${by} says that there is no replay, and has one`);
  }

  /** A connection asks an environment for what was appended since a time. */
  asks({ clock }: Appender, { retention }: Keeping, connection: string, since: number): void {
    const earliest = Math.min(clock.now(), this.#now);
    if (since < earliest - retention) this.#tooOld.add(connection);
    if (since < earliest - this.#shortest) this.#old.add(connection);
  }

  /** When an event was appended first, milliseconds since the plan began; undefined where that is not known. */
  appendedAt(name: HistoryName, offset: number): number | undefined {
    return this.#ledgers.get(scopeOf(name))?.at(-1)?.entries.get(offset)?.elapsed;
  }

  /** Whether an event was appended longer ago than the shortest retention that was deployed: who asks by a time may not be told of it. */
  isOld(name: HistoryName, offset: number): boolean {
    const entry = this.#ledgers.get(scopeOf(name))?.at(-1)?.entries.get(offset);
    return entry !== undefined && entry.at < this.#now - this.#shortest;
  }

  /**
   * Whether a client was not told of an event, and may not have been: it asked for what is older than the shortest retention.
   *
   * @param connections - that the client had last.
   */
  isForgotten(name: HistoryName, offset: number, connections: readonly string[]): boolean {
    return this.isOld(name, offset) && connections.some((id) => this.#old.has(id));
  }

  /** Whether one of some connections was told that there is no replay. */
  isRefused(connections: readonly string[]): boolean {
    return connections.some((id) => this.#refused.has(id));
  }

  /**
   * Whether what the library tells a user of is so.
   *
   * @param connections - that the user’s client had last.
   */
  explains(user: string, gap: Gap, connections: readonly string[]): boolean {
    const { channel, private: mine, reason, epoch, from = 1, to } = gap;
    if (!this.isOn) return false;
    // What it cannot ask for it gives up.
    if (reason === 'undelivered') return this.isRefused(connections);
    if (channel === undefined) return reason === 'trimmed' && connections.some((id) => this.#tooOld.has(id));
    const name = mine ? { channel, user } : { channel };
    if (reason === 'epoch-lost') return epoch !== undefined && this.hasEnded(name, epoch);
    if (epoch === undefined || to === undefined) return this.mayLackSome(name);
    // Where it did not know the beginning, it is told that something is missing, and not what: that may be what it holds behind.
    if (from === 1) return this.mayLackSome(name, to);
    return this.mayLack(name, epoch, from, to);
  }
}
