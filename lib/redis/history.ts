import { type Announced, isAnnounced } from '../ports/backlog.ts';
import type { Appended, Broadcast, Recorded } from '../ports/broadcast.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventFilter, History, HistoryName, HistoryPage, Present, ReadRequest, Span } from '../ports/history.ts';
import type { Meter } from '../ports/meter.ts';
import type { PublisherName, Remembered } from '../ports/sequence.ts';
import { Fenced, type Turn } from '../ports/turn.ts';
import type { ChannelPosition, Positions } from '../protocol/position.ts';
import { type Active, Activity } from './activity.ts';
import { orAway, type RedisClient } from './client.ts';
import { epochsOf, keysOfHistory, newName } from './epochs.ts';
import { generationOf } from './generation.ts';
import { HistoryReads } from './history-reads.ts';
import { inSlices } from './in-slices.ts';
import type { HistoryKeys, Keys } from './keys.ts';
import { numberedOf, PublisherReads } from './numbers.ts';
import { encodeStored, type SharedData, type StoredFields, sharedOf } from './stored-event.ts';

/**
 * Milliseconds of publishing for which an id is remembered at the least, so that a broadcast sent again is not appended
 * again: five minutes, and one by which the clocks of those who publish may differ, and a publish be under way.
 */
const REMEMBERED = 360_000;

/** Events that one step appends, and about how many bytes of their data. */
const STEP_EVENTS = 200;
const STEP_BYTES = 2 ** 20;

/** Histories that one round trip closes. */
const TRIP_FENCES = 1_000;

export interface HistorySettings {
  /** Whether events are kept; they are counted and told apart either way. */
  readonly enabled: boolean;
  /** Milliseconds an event is kept. */
  readonly retention: number;
  /** Events kept of one history. */
  readonly maxEvents: number;
  /** Level of deflate for large entries, 1 to 9; 0 for none. */
  readonly compression: number;
  /** Which histories back-ends are to hear; none where absent. */
  readonly announced?: Announced;
}

/** Within a channel’s history: who published, and under which id. No user or id has a line break. */
const identity = (broadcast: Broadcast): string => `${broadcast.userId ?? ''}\n${broadcast.id}`;

const milliseconds = ([seconds, microseconds]: readonly (number | string)[]): number =>
  Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);

/** As `append.lua` takes them. */
const rangesText = ({ unknown }: Turn): string => unknown.map(([from, to]) => `${from}-${to}`).join();

/** What was answered, and counted, of one turn: repeats of its steps are not counted again. */
interface Counted {
  readonly fence: number;
  readonly byHistory: Map<string, Set<Broadcast>>;
}

/** One history and the broadcasts of a batch that go to it, with where their places are to be noted. */
interface Append {
  readonly name: Active;
  readonly keys: HistoryKeys;
  readonly broadcasts: Broadcast[];
  readonly placed: ((at: Appended) => void)[];
}

/** A broadcast of a batch whose id another before it has in the same history. */
interface Repeat {
  readonly keys: HistoryKeys;
  readonly broadcast: Broadcast;
  readonly first: Broadcast;
  readonly placed: (at: Appended) => void;
}

/** What one step appends, and what the next ones do, in order. */
const partsOf = (append: Append, sizeOf: (broadcast: Broadcast) => number): readonly Append[] => {
  const parts: Append[] = [];
  let part: Append | undefined;
  let bytes = 0;
  for (const [i, broadcast] of append.broadcasts.entries()) {
    const size = sizeOf(broadcast);
    if (part === undefined || part.broadcasts.length === STEP_EVENTS || bytes + size > STEP_BYTES) {
      part = { ...append, broadcasts: [], placed: [] };
      parts.push(part);
      bytes = 0;
    }
    part.broadcasts.push(broadcast);
    part.placed.push(append.placed[i] as Append['placed'][number]);
    bytes += size;
  }
  return parts;
};

/** Events in Redis Streams, one per channel and one per user and channel. */
export class RedisHistory implements History {
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #settings: HistorySettings;
  readonly #activity: Activity;
  readonly #reads: HistoryReads;
  readonly #publishers: PublisherReads;
  /** Milliseconds for which ids are kept after the latest append. */
  readonly #idLifetime: number;
  readonly #meter: Meter;
  readonly #clock: Clock;
  readonly #tried = new WeakSet<Broadcast>();
  /** Where broadcasts went whose append has not come to its end. */
  readonly #placed = new WeakMap<Broadcast, { readonly fence: number; readonly places: Map<string, Appended> }>();
  /** Of the latest turn of each shard. */
  readonly #counted = new Map<string, Counted>();

  constructor(redis: RedisClient, keys: Keys, settings: HistorySettings, meter: Meter, clock: Clock) {
    this.#redis = redis;
    this.#keys = keys;
    this.#settings = settings;
    this.#meter = meter;
    this.#clock = clock;
    this.#idLifetime = Math.max(settings.retention, REMEMBERED);
    this.#reads = new HistoryReads(redis, keys);
    this.#publishers = new PublisherReads(redis, keys, this.#idLifetime, clock);
    this.#activity = new Activity(redis, keys, settings.retention, clock);
  }

  async append(broadcasts: readonly Broadcast[], turn?: Turn): Promise<readonly Recorded[]> {
    const names = new Map<string, Active>();
    /** By history, the first broadcast of each id, and those that come again. */
    const firsts = new Map<string, Map<string, Broadcast>>();
    const repeats: Repeat[] = [];
    const appends = new Map<string, Append>();
    const plan = (broadcast: Broadcast, user: string | undefined, placed: (at: Appended) => void): void => {
      const { text, segments } = broadcast.channel;
      const history = user === undefined ? { channel: text } : { channel: text, user };
      const keys = keysOfHistory(this.#keys, history);
      const name = names.get(keys[0]) ?? { ...history, firstSegment: segments[0] as string };
      names.set(keys[0], name);
      const ids = firsts.get(keys[0]) ?? new Map<string, Broadcast>();
      firsts.set(keys[0], ids);
      const first = ids.get(identity(broadcast));
      if (first !== undefined) {
        repeats.push({ keys, broadcast, first, placed });
        return;
      }
      ids.set(identity(broadcast), broadcast);
      const known = this.#placesOf(broadcast, turn).get(keys[0]);
      if (known !== undefined) {
        placed(known);
        return;
      }
      const append = appends.get(keys[0]) ?? { name, keys, broadcasts: [], placed: [] };
      append.broadcasts.push(broadcast);
      append.placed.push(placed);
      appends.set(keys[0], append);
    };

    const places = broadcasts.map((broadcast) => {
      const place: { at?: Appended; atUser?: Map<string, Appended> } = {};
      if (broadcast.targetUsers === undefined) {
        plan(broadcast, undefined, (at) => {
          place.at = at;
        });
      } else {
        const atUser = new Map<string, Appended>();
        place.atUser = atUser;
        for (const user of new Set(broadcast.targetUsers)) {
          plan(broadcast, user, (at) => atUser.set(user, at));
        }
      }
      return place;
    });

    const histories = [...appends.values()];
    // Also while nothing is kept: a replay that looks here later says then that something is missing.
    const generation = generationOf(this.#redis);
    const known = await this.#activity.note([...names.values()]);
    const isRepeated = broadcasts.some((broadcast) => this.#tried.has(broadcast));
    for (const broadcast of broadcasts) this.#tried.add(broadcast);
    const { stored, shared } = this.#storedOnce(histories);
    // Before the first entry that names it.
    await inSlices(
      shared,
      ({ data }) => data.length,
      (slice) => orAway(Promise.all(slice.map((data) => this.#store(data)))),
    );
    const bytesOf = ({ broadcasts: own }: Append): number =>
      own.reduce((bytes, broadcast) => bytes + stored(broadcast)[3].length, 0);
    // One part of each history after another, so that none overtakes.
    const parts = histories.map((append) => partsOf(append, (broadcast) => stored(broadcast)[3].length));
    for (let n = 0; parts.some(({ length }) => length > n); n++) {
      const some = parts.flatMap((of) => of.slice(n, n + 1));
      await inSlices(some, bytesOf, (slice) => this.#appendSlice(slice, stored, turn));
    }
    for (const repeat of repeats) this.#placeRepeat(repeat, turn);
    // One that begins though it is known: Redis forgot without a word. Or it was noted by a try that failed.
    const isForgotten =
      !isRepeated && histories.some((append) => known.has(append.name) && this.#hasBegun(append, turn));
    if (isForgotten) this.#activity.forget();
    // What was noted, and then appended to another Redis, is noted there too.
    if (isForgotten || generationOf(this.#redis) !== generation) await this.#activity.note([...names.values()]);
    for (const broadcast of broadcasts) this.#placed.delete(broadcast);
    for (const broadcast of broadcasts) this.#tried.delete(broadcast);
    return broadcasts.map((broadcast, i) => ({ broadcast, ...places[i] }) as Recorded);
  }

  #hasBegun({ keys, broadcasts: [first] }: Append, turn: Turn | undefined): boolean {
    const at = first && this.#placesOf(first, turn).get(keys[0]);
    return at?.offset === 1 && !at.duplicate;
  }

  /** What is stored of each broadcast, made once for however many histories; and the data that these share. */
  #storedOnce(histories: readonly Append[]) {
    const fields = new Map<Broadcast, StoredFields>();
    const shared = new Map<string, SharedData>();
    for (const broadcast of new Set(histories.flatMap(({ broadcasts }) => broadcasts))) {
      const [category, priority, head, data] = encodeStored(broadcast, this.#settings.compression);
      const apart = this.#settings.enabled ? sharedOf(broadcast, data) : undefined;
      if (apart !== undefined) shared.set(apart.name, apart);
      fields.set(broadcast, [category, priority, head, apart?.reference ?? data]);
    }
    return { stored: (broadcast: Broadcast) => fields.get(broadcast) as StoredFields, shared: [...shared.values()] };
  }

  /** Keeps data for longer than any entry that names it now is promised. */
  #store({ name, data }: SharedData): Promise<number> {
    return this.#redis.store(this.#keys.sharedData(name), data, this.#settings.retention + REMEMBERED);
  }

  /** Where a broadcast went within a turn, by the first key of each history. */
  #placesOf(broadcast: Broadcast, turn: Turn | undefined): Map<string, Appended> {
    const fence = turn?.fence ?? 0;
    let placed = this.#placed.get(broadcast);
    if (placed?.fence !== fence) {
      placed = { fence, places: new Map() };
      this.#placed.set(broadcast, placed);
    }
    return placed.places;
  }

  /** Appends to some histories in one round trip. What they answered holds, whatever becomes of other slices. */
  async #appendSlice(
    slice: readonly Append[],
    stored: (broadcast: Broadcast) => StoredFields,
    turn: Turn | undefined,
  ): Promise<void> {
    const places = await Promise.all(slice.map((append) => this.#appendTo(append, stored, turn)));
    for (const [n, { keys, broadcasts }] of slice.entries()) {
      for (const [i, broadcast] of broadcasts.entries()) {
        this.#placesOf(broadcast, turn).set(keys[0], places[n]?.[i] as Appended);
      }
    }
  }

  async #appendTo(
    { name, keys, broadcasts, placed }: Append,
    stored: (broadcast: Broadcast) => StoredFields,
    turn: Turn | undefined,
  ): Promise<readonly Appended[]> {
    const { enabled, retention, maxEvents, announced } = this.#settings;
    const [epochs, shares] = epochsOf(this.#redis, this.#keys, keys);
    const numbered = numberedOf(this.#keys, keys, broadcasts);
    const [epoch, ...answers] = await orAway(
      this.#redis.append(
        keys.length + 1 + numbered.keys.length,
        ...keys,
        epochs,
        ...numbered.keys,
        newName(),
        retention,
        enabled ? maxEvents : 0,
        REMEMBERED,
        this.#clock.now(),
        turn?.shard ?? '',
        this.#idLifetime,
        shares,
        turn?.fence ?? 0,
        turn === undefined ? '' : rangesText(turn),
        announced !== undefined && isAnnounced(name, announced) ? 1 : 0,
        broadcasts.length,
        turn?.oldest ?? '',
        ...broadcasts.flatMap((broadcast) => [identity(broadcast), ...stored(broadcast), broadcast.published ?? '']),
        ...numbered.values,
      ),
    );
    if (epoch === null) throw new Fenced(Number(answers[0]));
    const counted = this.#countedOf(keys, turn);
    let [appended, duplicates] = [0, 0];
    const places = broadcasts.map((broadcast, i) => {
      const [offset, timestamp, known] = answers.slice(3 * i, 3 * i + 3);
      if (!counted.has(broadcast)) {
        if (Number(known) === 0) appended++;
        else duplicates++;
      }
      counted.add(broadcast);
      const duplicate = Number(known) === 1;
      const at = { epoch: String(epoch), offset: Number(offset), timestamp: Number(timestamp), duplicate };
      placed[i]?.(at);
      return at;
    });
    // Here, where the step has answered: of a batch that fails half-way, what was appended is counted all the same, once.
    this.#meter.count('events_appended', {}, appended);
    this.#meter.count('events_duplicate', {}, duplicates);
    return places;
  }

  /** Gives a broadcast the place of the first with its id. */
  #placeRepeat({ keys, broadcast, first, placed }: Repeat, turn: Turn | undefined): void {
    placed({ ...(this.#placesOf(first, turn).get(keys[0]) as Appended), duplicate: true });
    const counted = this.#countedOf(keys, turn);
    if (!counted.has(broadcast)) this.#meter.count('events_duplicate', {}, 1);
    counted.add(broadcast);
  }

  /** The broadcasts of a turn whose place in a history was counted. */
  #countedOf([key]: HistoryKeys, turn: Turn | undefined): Set<Broadcast> {
    if (turn === undefined) return new Set();
    let counted = this.#counted.get(turn.shard);
    if (counted?.fence !== turn.fence) {
      counted = { fence: turn.fence, byHistory: new Map() };
      this.#counted.set(turn.shard, counted);
    }
    const broadcasts = counted.byHistory.get(key) ?? new Set();
    counted.byHistory.set(key, broadcasts);
    return broadcasts;
  }

  remembered(
    asked: readonly { readonly name: HistoryName; readonly publisher: PublisherName }[],
  ): Promise<readonly Remembered[]> {
    return this.#publishers.read(asked);
  }

  async fence(names: readonly HistoryName[], turn: Turn): Promise<readonly Span[]> {
    const spans: Span[] = [];
    for (let at = 0; at < names.length; at += TRIP_FENCES) {
      const some = names.slice(at, at + TRIP_FENCES);
      const answers = await orAway(
        Promise.all(
          some.map((name) =>
            this.#redis.fence(keysOfHistory(this.#keys, name)[0], turn.shard, turn.fence, 2 * this.#idLifetime),
          ),
        ),
      );
      for (const [i, [isOpen, ...span]] of answers.entries()) {
        if (isOpen === null) throw new Fenced(Number(span[0]));
        const [epoch, fence, after, upTo] = span;
        if (epoch === undefined) continue;
        const name = some[i] as HistoryName;
        spans.push({ name, epoch: String(epoch), fence: Number(fence), after: Number(after), upTo: Number(upTo) });
      }
    }
    return spans;
  }

  async positions(
    channels: readonly string[],
    user?: string,
    isForetold = false,
  ): Promise<{ positions: Positions; time: number }> {
    const [time, own, privately] = await orAway(
      Promise.all([
        this.#present(),
        Promise.all(channels.map((name) => this.#position(this.#keys.history(name), isForetold))),
        user === undefined
          ? []
          : Promise.all(channels.map((name) => this.#position(this.#keys.privateHistory(user, name), false))),
      ]),
    );
    const position = ([epoch, offset]: readonly [string, string, 0 | 1]) => ({ offset: Number(offset), epoch });
    // Entries, not assignment: `__proto__` is a channel like any other.
    const positions = Object.fromEntries(
      own.map((at, i): [string, ChannelPosition] => {
        const mine = privately[i];
        return [channels[i] as string, { ...position(at), ...(mine?.[2] === 1 ? { private: position(mine) } : {}) }];
      }),
    );
    return { positions, time: time.earliest };
  }

  #position(history: HistoryKeys, isForetold: boolean) {
    return this.#redis.position(history[0], ...epochsOf(this.#redis, this.#keys, history), isForetold ? newName() : '');
  }

  async time(): Promise<Present> {
    return orAway(this.#present());
  }

  async #present(): Promise<Present> {
    // Before the answer: what is appended while it is under way must not be older than what is said here.
    const own = this.#clock.now();
    const time = milliseconds(await this.#redis.time());
    return { earliest: Math.min(own, time), latest: Math.max(own, time) };
  }

  read(requests: readonly ReadRequest[], filter: EventFilter): Promise<readonly HistoryPage[]> {
    return this.#reads.read(requests, filter);
  }

  activeChannels(prefixes: readonly string[], since: number, after: string): AsyncIterable<readonly string[]> {
    return this.#activity.byName.channels(prefixes, since, after);
  }

  privateChannels(user: string, since: number, after: string): AsyncIterable<readonly string[]> {
    return this.#activity.byName.privately(user, since, after);
  }
}
