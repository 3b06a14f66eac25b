import { type Announced, isAnnounced } from '../ports/backlog.ts';
import type { Appended, Broadcast, Recorded } from '../ports/broadcast.ts';
import type { Clock } from '../ports/clock.ts';
import type {
  EventFilter,
  History,
  HistoryName,
  HistoryPage,
  Present,
  ReadBack,
  ReadFrom,
  ReadRequest,
  Span,
  StoredEvent,
} from '../ports/history.ts';
import type { Meter } from '../ports/meter.ts';
import { scopeOf } from '../ports/scope.ts';
import { hasNumber, type PublisherName, type Remembered } from '../ports/sequence.ts';
import { Fenced, type Turn } from '../ports/turn.ts';
import type { ChannelPosition, Position, Positions } from '../protocol/position.ts';
import { Publishers } from './publishers.ts';
import { SortedSet } from './sorted-set.ts';
import type { HistoryCounters, HistorySpan, HistoryTurns, MemoryStore, RememberedId } from './store.ts';

/**
 * Milliseconds of publishing for which an id is remembered at the least, so that a broadcast sent again is not appended
 * again: five minutes, and one by which the clocks of those who publish may differ, and a publish be under way.
 */
const REMEMBERED = 360_000;

/** Milliseconds: a time of publishing that is so long past is of a clock that was never set. */
const DAY = 86_400_000;

/** Entries one step looks at, so that a rare category does not hold others up. */
const SCAN = 5_000;

/** Channels read at a time. */
const PAGE = 1_000;

export interface MemoryHistorySettings {
  /** Whether events are kept; they are counted and told apart either way. */
  readonly enabled: boolean;
  /** Milliseconds an event is kept. */
  readonly retention: number;
  /** Events kept of one history. */
  readonly maxEvents: number;
  /** Which histories back-ends are to hear; none where absent. */
  readonly announced?: Announced;
}

/** Within a history: who published, and under which id. No user or id has a line break. */
const identity = ({ userId, id }: Broadcast): string => `${userId ?? ''}\n${id}`;

/** The first place at which an event is not older than a time. Timestamps never decrease with the offset. */
const placeOf = (events: readonly StoredEvent[], since: number): number => {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle] as StoredEvent).timestamp < since) low = middle + 1;
    else high = middle;
  }
  return low;
};

const isWanted = ({ category, priority }: StoredEvent, { categories = [], priorities = [] }: EventFilter): boolean =>
  (categories.length === 0 || categories.includes(category)) &&
  (priorities.length === 0 || priorities.includes(priority));

/** What a turn appended to a history, and what of earlier ones becomes its own. */
class Own {
  readonly #turns: HistoryTurns;
  readonly #turn: Turn;
  /** What the turn had appended before. */
  readonly #before: HistorySpan | undefined;
  /** Offsets of what is nobody’s, until it comes. */
  readonly #unknown: Set<number>;
  #after: number;
  #upTo = 0;

  constructor(turns: HistoryTurns, { offset }: HistoryCounters, turn: Turn) {
    const span = turns.spans.get(turn.shard);
    this.#turns = turns;
    this.#turn = turn;
    this.#after = offset;
    this.#unknown = new Set(turns.unknown);
    this.#doubt(turns.fenced, offset);
    if (span === undefined) return;
    const { fence, after, upTo } = span;
    if (fence === turn.fence) [this.#before, this.#after, this.#upTo] = [span, after, upTo];
    else if (turn.unknown.some(([first, last]) => first <= fence && fence <= last)) this.#doubt(after, upTo);
  }

  /** The turn has appended here before. */
  get isRepeated(): boolean {
    return this.#before !== undefined;
  }

  #doubt(after: number, upTo: number): void {
    for (let offset = after + 1; offset <= upTo; offset++) this.#unknown.add(offset);
  }

  /** Whether what is known at an offset is the turn’s, or becomes so. */
  takes(offset: number): boolean {
    const { after, upTo } = this.#before ?? { after: 0, upTo: 0 };
    if (!this.#unknown.delete(offset) && !(offset > after && offset <= upTo)) return false;
    this.#after = Math.min(this.#after, offset - 1);
    this.#upTo = Math.max(this.#upTo, offset);
    return true;
  }

  /** The turn has appended up to here. */
  extend(upTo: number): void {
    this.#upTo = upTo;
  }

  /** @param newest - the offset of the newest event. */
  note(newest: number): void {
    const { fence, shard } = this.#turn;
    this.#turns.fence = fence;
    if (this.#upTo <= this.#after) return;
    this.#turns.fenced = newest;
    this.#turns.unknown = this.#unknown;
    this.#turns.spans.set(shard, { fence, after: this.#after, upTo: this.#upTo });
  }
}

/** One history and the broadcasts of a batch that go to it, with where their places are to be noted. */
interface Append {
  readonly name: HistoryName;
  /** Of the channel. */
  readonly firstSegment: string;
  readonly broadcasts: Broadcast[];
  readonly placed: ((at: Appended) => void)[];
}

/** Channels of some sets in the order of their names, in pages. */
const behind = async function* (
  sets: readonly SortedSet[],
  since: number,
  after: string,
  isAsked: (channel: string) => boolean,
): AsyncIterable<readonly string[]> {
  const channels = sets
    .flatMap((set) => set.between(since, Number.POSITIVE_INFINITY).map(({ member }) => member))
    .filter((channel) => channel > after && isAsked(channel))
    .sort();
  for (let at = 0; at < channels.length; at += PAGE) yield channels.slice(at, at + PAGE);
};

/**
 * Events in memory. Holds all that its port guarantees, by two clocks: the store’s and the caller’s. What is cut, and
 * when, is the same as in Redis.
 */
export class MemoryHistory implements History {
  readonly #store: MemoryStore;
  readonly #settings: MemoryHistorySettings;
  readonly #meter: Meter;
  readonly #clock: Clock;
  /** Milliseconds for which ids are kept after the latest append. */
  readonly #idLifetime: number;

  /** @param clock - the caller’s. */
  constructor(store: MemoryStore, settings: MemoryHistorySettings, meter: Meter, clock: Clock) {
    this.#store = store;
    this.#settings = settings;
    this.#meter = meter;
    this.#clock = clock;
    this.#idLifetime = Math.max(settings.retention, REMEMBERED);
  }

  async append(broadcasts: readonly Broadcast[], turn?: Turn): Promise<readonly Recorded[]> {
    const appends = new Map<string, Append>();
    const plan = (name: HistoryName, broadcast: Broadcast, placed: (at: Appended) => void): void => {
      const scope = scopeOf(name);
      const append = appends.get(scope) ?? {
        ...{ name, firstSegment: broadcast.channel.segments[0] as string },
        ...{ broadcasts: [], placed: [] },
      };
      append.broadcasts.push(broadcast);
      append.placed.push(placed);
      appends.set(scope, append);
    };
    const places = broadcasts.map((broadcast) => {
      const { channel, targetUsers } = broadcast;
      const place: { at?: Appended; atUser?: Map<string, Appended> } = {};
      if (targetUsers === undefined) {
        plan({ channel: channel.text }, broadcast, (at) => {
          place.at = at;
        });
      } else {
        const atUser = new Map<string, Appended>();
        place.atUser = atUser;
        for (const user of new Set(targetUsers)) {
          plan({ channel: channel.text, user }, broadcast, (at) => atUser.set(user, at));
        }
      }
      return place;
    });
    for (const append of appends.values()) this.#appendTo(append, turn);
    return broadcasts.map((broadcast, i) => ({ broadcast, ...places[i] }) as Recorded);
  }

  #appendTo({ name, firstSegment, broadcasts, placed }: Append, turn: Turn | undefined): void {
    const { enabled, retention, maxEvents } = this.#settings;
    const scope = scopeOf(name);
    const { earliest, latest } = this.#present();
    // Also while nothing is kept: a replay that looks here later says then that something is missing.
    this.#note(name, firstSegment, latest, earliest);
    if (turn !== undefined) this.#turnsOf(scope, turn);
    const counters = this.#countersOf(scope);
    const own = turn && new Own(this.#turnsOf(scope, turn), counters, turn);
    // Whatever is done to clocks, timestamps do not decrease.
    const timestamp = Math.max(latest, counters.timestamp);
    const { epoch } = counters;
    const ids = this.#store.ids.get(scope) ?? new Map();
    const events = this.#store.events.get(scope) ?? [];
    if (enabled && counters.offset > 0 && events.at(-1)?.offset !== counters.offset) {
      // Counted and not stored.
      counters.trimmed = counters.timestamp;
    }
    const publishedAt = (said = Number.NaN): number | undefined => (said >= earliest - DAY ? said : undefined);
    const dated = [turn?.oldest, ...broadcasts.map((each) => each.published)].flatMap(
      (said) => publishedAt(said) ?? [],
    );
    const seen = new Set<string>();
    const publishers = this.#store.publishers.get(scope) ?? new Publishers();
    let [appended, taken] = [0, 0];
    let lowest = counters.offset + 1;
    for (const [i, broadcast] of broadcasts.entries()) {
      const known = ids.get(identity(broadcast));
      const { sequence } = broadcast;
      const published = publishedAt(broadcast.published);
      const publisher = sequence && { user: broadcast.userId ?? '', publisher: sequence.publisher };
      const numbers = publisher && publishers.of(publisher);
      const isNumbered = numbers !== undefined && hasNumber(numbers, sequence?.number ?? 0);
      // Of a publisher that is forgotten nothing is known but for what is appended now.
      if (publisher !== undefined && (known === undefined || numbers !== undefined)) {
        // Whoever sends it again says when by the clock that said this. The store’s may be behind that.
        publishers.note(publisher, sequence?.number ?? 0, Math.min(published ?? latest, latest));
        this.#store.publishers.keep(scope, publishers, this.#idLifetime);
      }
      const isFirst = !seen.has(identity(broadcast));
      seen.add(identity(broadcast));
      if (known !== undefined) lowest = Math.min(lowest, known.offset);
      if (known === undefined && isNumbered) {
        placed[i]?.({ epoch, offset: 0, timestamp: 0, duplicate: true });
      } else if (known === undefined) {
        appended++;
        counters.offset++;
        const { id, category, priority, userId, traceparent, data } = broadcast;
        const at = { epoch, offset: counters.offset, timestamp };
        const more = {
          ...(userId === undefined ? {} : { userId }),
          ...(traceparent === undefined ? {} : { traceparent }),
        };
        if (enabled) events.push({ ...at, id, category, priority, data, ...more });
        ids.set(identity(broadcast), { ...at, published: Math.min(published ?? timestamp, timestamp) });
        placed[i]?.({ ...at, duplicate: false });
      } else {
        const isOwn = isFirst && own?.takes(known.offset) === true;
        if (isOwn) taken++;
        placed[i]?.({ epoch, offset: known.offset, timestamp: known.timestamp, duplicate: !isOwn });
      }
    }
    const { announced } = this.#settings;
    if (announced !== undefined && isAnnounced(name, announced)) counters.announced ??= lowest - 1;
    if (appended > 0) own?.extend(counters.offset);
    if (appended + taken > 0 || counters.offset > 0) own?.note(counters.offset);
    // Under one fence, those taken are of an earlier try, which has counted them.
    this.#meter.count('events_appended', {}, appended);
    this.#meter.count('events_duplicate', {}, broadcasts.length - appended - (own?.isRepeated === true ? taken : 0));
    if (appended === 0) return;
    counters.timestamp = timestamp;
    this.#cut(counters, events, 2 * appended, enabled ? maxEvents : 0, earliest - retention);
    // Of no later than now by either clock: one of them may be ahead for a while.
    const published = Math.min(...dated, earliest);
    const isDated = dated.length > 0;
    this.#forget(ids, seen, 2 * appended, isDated ? [published, Number.NEGATIVE_INFINITY] : [0, earliest]);
    if (enabled) this.#store.events.keep(scope, events, retention);
    this.#store.ids.keep(scope, ids, this.#idLifetime);
  }

  async remembered(
    asked: readonly { readonly name: HistoryName; readonly publisher: PublisherName }[],
  ): Promise<readonly Remembered[]> {
    const since = this.#clock.now() - this.#idLifetime;
    return asked.map(({ name, publisher }) => {
      const publishers = this.#store.publishers.get(scopeOf(name)) ?? new Publishers();
      return publishers.remembered(publisher, since);
    });
  }

  async fence(names: readonly HistoryName[], turn: Turn): Promise<readonly Span[]> {
    return names.flatMap((name) => {
      const turns = this.#turnsOf(scopeOf(name), turn);
      turns.fence = turn.fence;
      const [span, counters] = [turns.spans.get(turn.shard), this.#store.counters.get(scopeOf(name))];
      return span === undefined || counters === undefined ? [] : [{ name, epoch: counters.epoch, ...span }];
    });
  }

  /** @throws Fenced where a later turn than this has appended. */
  #turnsOf(scope: string, turn: Turn): HistoryTurns {
    const lifetime = 2 * this.#idLifetime;
    const turns = this.#store.turns.renewed(scope, lifetime, () => ({
      fence: 0,
      fenced: 0,
      unknown: new Set(),
      spans: new Map(),
    }));
    if (turns.fence > turn.fence) throw new Fenced(turns.fence);
    return turns;
  }

  /** Cuts the oldest events, at most twice as many as were added, which is enough to keep up. */
  #cut(counters: HistoryCounters, events: StoredEvent[], most: number, kept: number, oldest: number): void {
    let count = 0;
    for (const { offset, timestamp } of events.slice(0, most)) {
      if (offset > counters.offset - kept && timestamp >= oldest) break;
      count++;
      counters.trimmed = Math.max(timestamp, counters.trimmed ?? timestamp);
    }
    events.splice(0, count);
  }

  /**
   * Forgets the oldest ids. A map is in the order in which its entries came.
   *
   * @param own - of the batch, which are not forgotten.
   * @param published - those of what was published so long before this that it need not be remembered.
   * @param appended - and those of what was appended so long before this.
   */
  #forget(
    ids: Map<string, RememberedId>,
    own: ReadonlySet<string>,
    most: number,
    [published, appended]: readonly [published: number, appended: number],
  ): void {
    let looks = 0;
    for (const [id, known] of ids) {
      if (looks++ === most || own.has(id)) return;
      if (known.published > published - REMEMBERED && known.timestamp > appended - REMEMBERED) return;
      ids.delete(id);
    }
  }

  /** Notes that a channel is appended to. */
  #note({ channel, user }: HistoryName, firstSegment: string, latest: number, earliest: number): void {
    const { active, activePrivately } = this.#store;
    const { retention } = this.#settings;
    const [sets, key] = user === undefined ? [active, firstSegment] : [activePrivately, user];
    const members = sets.renewed(key, retention, () => new SortedSet());
    members.set(channel, Math.max(latest, members.score(channel) ?? 0));
    members.deleteUpTo(earliest - retention);
  }

  #countersOf(scope: string): HistoryCounters {
    // The counters outlive events and ids, so that whoever returns later learns what was cut.
    return this.#store.counters.renewed(scope, 2 * this.#idLifetime, () => {
      const epoch = this.#foretell(scope);
      // Never again.
      this.#store.foretold.delete(scope);
      return { epoch, offset: 0, timestamp: 0, trimmed: undefined };
    });
  }

  async positions(
    channels: readonly string[],
    user?: string,
    isForetold = false,
  ): Promise<{ positions: Positions; time: number }> {
    const position = ({ epoch, offset }: HistoryCounters): Position => ({ epoch, offset });
    // Entries, not assignment: `__proto__` is a channel like any other.
    const positions = Object.fromEntries(
      channels.map((channel): [string, ChannelPosition] => {
        const scope = scopeOf({ channel });
        const counters = this.#store.counters.get(scope);
        const none = { epoch: isForetold ? this.#foretell(scope) : (this.#store.foretold.get(scope) ?? ''), offset: 0 };
        const own = counters === undefined ? none : position(counters);
        const mine = user === undefined ? undefined : this.#store.counters.get(scopeOf({ channel, user }));
        return [channel, mine === undefined ? own : { ...own, private: position(mine) }];
      }),
    );
    return { positions, time: this.#present().earliest };
  }

  /** The epoch that a history will begin with. */
  #foretell(scope: string): string {
    const { foretold } = this.#store;
    const epoch = foretold.get(scope) ?? this.#store.newName('epoch');
    foretold.set(scope, epoch);
    return epoch;
  }

  async time(): Promise<Present> {
    return this.#present();
  }

  #present(): Present {
    const [own, time] = [this.#clock.now(), this.#store.clock.now()];
    return { earliest: Math.min(own, time), latest: Math.max(own, time) };
  }

  async read(requests: readonly ReadRequest[], filter: EventFilter): Promise<readonly HistoryPage[]> {
    return requests.map(({ name, from, most }) => {
      const scope = scopeOf(name);
      if (typeof from === 'object' && 'before' in from) return this.#readBack(scope, from, most, filter);
      const counters = this.#store.counters.get(scope) ?? this.#beforeItBegins(scope, from);
      const events = this.#store.events.get(scope) ?? [];
      const { epoch = '', offset: newest = 0 } = counters ?? {};
      const { start, missing } = this.#start(counters, events, from);
      const { found, read, gap } = this.#matching(events, start, from === 'latest' ? 1 : most, newest, filter);
      return {
        ...{ events: found, read: { offset: read, epoch }, more: read < newest },
        missing: missing || (gap && from !== 'latest'),
      };
    });
  }

  #readBack(scope: string, from: ReadBack, most: number, filter: EventFilter): HistoryPage {
    const { epoch = '', offset: newest = 0 } =
      this.#store.counters.get(scope) ?? this.#beforeItBegins(scope, from) ?? {};
    const events = this.#store.events.get(scope) ?? [];
    const first = events[0]?.offset ?? newest + 1;
    const before = from.before ?? { epoch, offset: newest + 1 };
    if (before.epoch !== epoch || before.offset > newest + 1) {
      return { events: [], read: { offset: newest + 1, epoch }, more: false, missing: true };
    }
    const found: StoredEvent[] = [];
    let read = before.offset;
    let missing = false;
    let place = events.findLastIndex(({ offset }) => offset < read);
    for (let looks = 0; looks < SCAN && found.length < most && read > first; looks++) {
      const event = events[place--] as StoredEvent;
      missing ||= event.offset < read - 1;
      if (isWanted(event, filter)) found.unshift(event);
      read = event.offset;
    }
    const more = read > first;
    return { events: found, read: { offset: read, epoch }, more, missing: missing || (!more && read > 1) };
  }

  /** A history that does not exist stands where it will begin. */
  #beforeItBegins(scope: string, from: ReadFrom): HistoryCounters | undefined {
    const isPlaced = typeof from === 'object' && ('after' in from || ('before' in from && from.before !== undefined));
    return isPlaced ? { epoch: this.#foretell(scope), offset: 0, timestamp: 0, trimmed: undefined } : undefined;
  }

  /** The offset from which on events are read, and whether something that was asked for is not there any more. */
  #start(
    counters: HistoryCounters | undefined,
    events: readonly StoredEvent[],
    from: Exclude<ReadFrom, ReadBack>,
  ): { readonly start: number; readonly missing: boolean } {
    const { epoch = '', offset: newest = 0, timestamp = 0, trimmed = -1 } = counters ?? {};
    const first = events[0]?.offset ?? newest + 1;
    if (from === 'latest') return { start: Math.max(first, newest), missing: false };
    if ('since' in from) {
      const gone = newest > 0 ? timestamp : -1;
      const cut = events.length > 0 ? trimmed : gone;
      // What was not stored behind all that is: it bears the time of the newest, at the latest.
      const behind = timestamp >= from.since ? (events.at(-1)?.offset ?? newest) + 1 : newest + 1;
      return { start: events[placeOf(events, from.since)]?.offset ?? behind, missing: cut >= from.since };
    }
    const { offset, epoch: asked } = from.after;
    // Another epoch, or a history that was set back: where the reader stood means nothing here.
    if (asked !== epoch) return { start: first, missing: true };
    if (offset > newest) return { start: newest + 1, missing: true };
    return { start: Math.max(offset + 1, first), missing: offset + 1 < first };
  }

  #matching(
    events: readonly StoredEvent[],
    start: number,
    most: number,
    newest: number,
    filter: EventFilter,
  ): { readonly found: readonly StoredEvent[]; readonly read: number; readonly gap: boolean } {
    const found: StoredEvent[] = [];
    let place = events.findLastIndex(({ offset }) => offset < start) + 1;
    let read = start - 1;
    let gap = false;
    for (let looks = 0; looks < SCAN && found.length < most && read < newest; looks++) {
      const event = events[place++];
      gap ||= event?.offset !== read + 1;
      if (event === undefined) {
        read = newest;
        break;
      }
      if (isWanted(event, filter)) found.push(event);
      read = event.offset;
    }
    return { found, read, gap };
  }

  activeChannels(prefixes: readonly string[], since: number, after: string): AsyncIterable<readonly string[]> {
    const sets = [...this.#store.active.values()];
    return behind(sets, since, after, (channel) => prefixes.some((prefix) => channel.startsWith(prefix)));
  }

  privateChannels(user: string, since: number, after: string): AsyncIterable<readonly string[]> {
    const set = this.#store.activePrivately.get(user);
    return behind(set === undefined ? [] : [set], since, after, () => true);
  }
}
