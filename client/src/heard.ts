import { MAX_IDENTIFIER_LENGTH, MAX_POSITIONS } from '../../lib/protocol/limits.ts';
import type { ChannelPosition, Position, Positions } from '../../lib/protocol/position.ts';
import { bytesOf } from '../../lib/protocol/utf8.ts';
import { deferred } from './deferred.ts';
import type { Source } from './held-events.ts';
import type { Event, ReplaySummary } from './messages.ts';
import type { Registry } from './registry.ts';
import { Sequence } from './sequence.ts';
import type { GapReason } from './sequence-listener.ts';

/** Events that are missing for good. */
export interface Gap {
  /** The channel; undefined where it is only known that channels never heard of may have had events. */
  readonly channel: string | undefined;
  /** Whether private events are missing, rather than the channel's own. */
  readonly private: boolean;
  readonly reason: GapReason;
  /** The epoch whose events are missing. */
  readonly epoch: string | undefined;
  /** The first missing offset. */
  readonly from: number | undefined;
  /** The last missing offset, where that is known. */
  readonly to: number | undefined;
}

/** Something is missing, nobody knows of what. */
const UNNAMED: Gap = {
  channel: undefined,
  private: false,
  reason: 'trimmed',
  epoch: undefined,
  from: undefined,
  to: undefined,
};

/** What has happened, in numbers. */
export interface HeardCounts {
  /** Events released to handlers. */
  events: number;
  /** Events left out because they were heard before. */
  duplicates: number;
  gaps: number;
}

/** A question to the service, and the channels it is about. */
export interface Ask {
  readonly positions: Positions;
  readonly since: number | undefined;
  /** Undefined for everything that is heard. */
  readonly channels: readonly string[] | undefined;
  readonly states: readonly ChannelState[];
  /** What the pages so far said is missing. */
  readonly lost: Lost;
}

/** Channels of which something is missing, and those of which private events are; and where these channels stand. */
interface Lost {
  readonly public: Set<string>;
  readonly private: Set<string>;
  readonly positions: Map<string, ChannelPosition>;
}

/** A channel's own events and the user's private ones there. */
interface ChannelState {
  readonly channel: string;
  readonly public: Sequence;
  readonly private: Sequence;
  /** The latest time of its events that were released, ms since 1970. */
  latest: number;
}

/** Bytes of positions in one request: with what stands around them they fit a frame. */
const MOST_POSITION_BYTES = 26_000;

/** Names and punctuation of one position, and room for another number of digits. */
const AROUND_POSITION = 24;

/** Where a channel and the user's private events there are to be read from; undefined where that is not known. */
type PositionPair = readonly [Position | undefined, Position | undefined];

const standing = (state: ChannelState): PositionPair => {
  const [at, mine] = [state.public.position, state.private.position];
  return [at?.epoch === '' ? undefined : at, mine?.epoch === '' ? undefined : mine];
};

const asked = (state: ChannelState): PositionPair => {
  const at = state.public.ask();
  if (at !== undefined) return [at, state.private.ask()];
  state.private.expectAnswer();
  return [undefined, undefined];
};

/** Whether it can be asked from: one that cannot would have every question refused that names it. */
const isPlace = ({ offset, epoch }: Position): boolean =>
  Number.isSafeInteger(offset) && offset >= 0 && typeof epoch === 'string' && epoch.length <= MAX_IDENTIFIER_LENGTH;

/** Where a channel stands; undefined where that is not said, or makes no sense. */
const placeOf = (positions: Positions, channel: string): ChannelPosition | undefined => {
  // Not by the name alone: a channel may be called like a member of all objects.
  const at = Object.hasOwn(positions, channel) ? positions[channel] : undefined;
  return at !== undefined && isPlace(at) && (at.private === undefined || isPlace(at.private)) ? at : undefined;
};

const noneLost = (): Lost => ({ public: new Set(), private: new Set(), positions: new Map() });

/** Everything that was heard, by channel, and what is missing of it. */
export class Heard {
  readonly counts: HeardCounts = { events: 0, duplicates: 0, gaps: 0 };
  readonly #registry: Registry;
  readonly #onGap: (gap: Gap) => void;
  /** The channel heard of last stands last. */
  readonly #states = new Map<string, ChannelState>();
  /** The one that stands last because of a live event. */
  #latest: ChannelState | undefined;
  /** Channels that may need a replay. */
  readonly #uneasy = new Set<ChannelState>();
  #pinged = 0;
  /** Most channels that a question is about, and whether the next for all names none. */
  #mostAsked = MAX_POSITIONS;
  #namesNone = false;
  #turn = Promise.resolve();
  readonly #skew: number;
  /** The history's clock when everything there was had been heard. */
  #completeTo: number | undefined;
  readonly #most: number;
  /** How many channels are remembered when room is to be made. */
  #crowdedAt: number;
  /** What is not later was heard, of channels that were forgotten. */
  #forgottenTo = Number.NEGATIVE_INFINITY;

  /**
   * @param skew - milliseconds by which the clocks of the service's histories may differ.
   * @param most - channels to remember, beside those that are subscribed to by name.
   */
  constructor(registry: Registry, skew: number, most: number, onGap: (gap: Gap) => void) {
    this.#registry = registry;
    this.#skew = skew;
    this.#most = most;
    this.#crowdedAt = 2 * most;
    this.#onGap = onGap;
  }

  /** Runs a question and its answer, one after the other: two answers at once could not be told apart. */
  async inTurn(task: () => Promise<void>): Promise<void> {
    const before = this.#turn;
    const { promise, resolve } = deferred<void>();
    this.#turn = promise;
    await before;
    await task().finally(resolve);
  }

  /** Takes an event. @returns whether the service has to be asked for what is missing before it. */
  take(event: Event, source: Source): boolean {
    // It is missing then, and missed like any other.
    if (!isPlace(event)) return false;
    const interests = this.#registry.matching(event.channel);
    if (interests.length === 0) return false;
    const state = this.#stateOf(event.channel);
    const sequence = event.private === true ? state.private : state.public;
    if (source === 'live' && state !== this.#latest) {
      this.#latest = state;
      this.#states.delete(event.channel);
      this.#states.set(event.channel, state);
    }
    if (sequence.position === undefined) {
      if (source === 'live' && event.timestamp <= this.#forgottenTo) {
        this.counts.duplicates++;
        return false;
      }
      if (source === 'replay' && event.timestamp < this.#floorOf(event.channel)) {
        sequence.passOver(event);
        return false;
      }
      // Nothing was before the first, so nothing can be missing.
      if (event.offset === 1 && source === 'live') sequence.begin({ offset: 0, epoch: event.epoch });
    }
    sequence.take(event, source);
    return this.#note(state);
  }

  /**
   * Takes in where named channels stood once a subscription to them was durable.
   *
   * @param isNew - of a channel: whether nothing before that is wanted of it.
   * @returns whether the service has to be asked for more.
   */
  stand(positions: Positions, isNew: (channel: string) => boolean): boolean {
    let isUneasy = false;
    for (const channel of Object.keys(positions)) {
      const position = placeOf(positions, channel);
      if (position === undefined) continue;
      const state = this.#stateOf(channel);
      const mine = position.private ?? { offset: 0, epoch: '' };
      for (const [sequence, at] of [
        [state.public, position],
        [state.private, mine],
      ] as const) {
        if (sequence.position !== undefined) {
          if (at.epoch !== '' || sequence.position.offset > 0) sequence.compare(at);
        } else if (isNew(channel)) sequence.begin(at);
        else sequence.compare(at);
      }
      isUneasy = this.#note(state) || isUneasy;
    }
    return isUneasy;
  }

  /** The service says that these channels hold more. @returns whether one of them is heard. */
  markBehind(channels: readonly string[]): boolean {
    let isUneasy = false;
    for (const channel of channels) {
      const state = this.#states.get(channel);
      if (state !== undefined) isUneasy = this.#markBehind(state) || isUneasy;
    }
    return isUneasy;
  }

  #markBehind(state: ChannelState): boolean {
    state.public.markBehind();
    state.private.markBehind();
    return this.#note(state);
  }

  /** Nothing was heard for a while: what was released is to be compared with the history before it counts as sure. */
  interrupt(): void {
    for (const state of this.#states.values()) {
      state.public.interrupt();
      state.private.interrupt();
    }
  }

  /** Forgets channels that nobody wants to hear any more. */
  forgetUnheard(): void {
    for (const [channel, state] of this.#states) {
      if (this.#registry.matching(channel).length > 0) continue;
      this.#forget(state);
    }
  }

  /** Whether so many channels are remembered that everything is to be asked for, after which some may be forgotten. */
  get isCrowded(): boolean {
    return this.#states.size > this.#crowdedAt + this.#registry.size;
  }

  /**
   * Forgets channels until no more are remembered than should be, those that were heard of longest ago first, and none that
   * is subscribed to by name.
   *
   * @param time - ms since 1970: only those of which all was heard before, and nothing is missing.
   */
  #forgetOldest(time = Number.POSITIVE_INFINITY): void {
    for (const [channel, state] of this.#states) {
      if (this.#states.size <= this.#most + this.#registry.size) return;
      const isSure = !this.#uneasy.has(state) && state.latest < time;
      if (this.#registry.get(channel) !== undefined || !(isSure || time === Number.POSITIVE_INFINITY)) continue;
      this.#forget(state);
      this.#forgottenTo = Math.max(this.#forgottenTo, state.latest);
    }
  }

  /** Whatever came of the last question for everything, there is none for want of room before there are many more. */
  #allowMore(): void {
    this.#crowdedAt = Math.max(2 * this.#most, this.#states.size + this.#most / 2);
  }

  #forget(state: ChannelState): void {
    this.#states.delete(state.channel);
    this.#uneasy.delete(state);
  }

  /** Positions for a ping, of other channels each time where there are more than one ping can name. */
  positionsToCheck(): Positions {
    const states = [...this.#states.values()];
    const start = this.#pinged < states.length ? this.#pinged : 0;
    const { positions, taken } = this.#positions([...states.slice(start), ...states.slice(0, start)], standing);
    this.#pinged = start + taken;
    return positions;
  }

  /** A question for all that was missed: by position what was heard of last, by time all else. */
  askForAll(): Ask {
    this.#allowMore();
    const times = this.#registry.all.flatMap(({ since }) => since ?? []);
    const since = Math.max(0, this.#completeTo === undefined ? Math.min(...times) : this.#completeTo - this.#skew);
    const { positions, states } = this.#positions(this.#namesNone ? [] : [...this.#states.values()].reverse(), asked);
    for (const state of this.#unknownStates) {
      if (!Object.hasOwn(positions, state.channel)) {
        for (const sequence of [state.public, state.private]) sequence.expectAnswer();
      }
    }
    if (this.#namesNone) for (const state of this.#states.values()) this.#markBehind(state);
    this.#namesNone = false;
    return { positions, since, channels: undefined, states, lost: noneLost() };
  }

  /** Whether something is known to be missing that the service can be asked for. */
  get isMissing(): boolean {
    return [...this.#uneasy].some((state) => this.#note(state));
  }

  /** A question for what is known to be missing; undefined where nothing is. */
  askForMissing(): Ask | undefined {
    const uneasy = [...this.#uneasy].filter((state) => this.#note(state)).slice(0, this.#mostAsked);
    if (uneasy.length === 0) return undefined;
    const unknown = uneasy.filter(({ public: all }) => all.position === undefined).slice(0, MAX_POSITIONS / 2);
    const known = uneasy.filter(({ public: all }) => all.position !== undefined).slice(0, MAX_POSITIONS / 2);
    for (const state of unknown) for (const sequence of [state.public, state.private]) sequence.expectAnswer();
    const { positions, states } = this.#positions(known, asked);
    const all = [...unknown, ...states];
    const since = unknown.length === 0 ? undefined : Math.min(...unknown.map(({ channel }) => this.#floorOf(channel)));
    return {
      positions,
      since,
      channels: all.map(({ channel }) => channel),
      states: all,
      lost: noneLost(),
    };
  }

  /** A question was not answered: what it was about is still to be asked. */
  unanswered({ states }: Ask): void {
    for (const state of states) this.#markBehind(state);
  }

  /**
   * The service refuses a question, though one like it was answered before: it is about fewer channels from now on, until
   * the one that is to blame is alone and given up.
   */
  narrow({ channels, states }: Ask): void {
    if (channels === undefined) this.#namesNone = true;
    else if (states.length > 1) this.#mostAsked = Math.ceil(states.length / 2);
    else {
      for (const state of states) this.#abandon(state);
      this.#mostAsked = MAX_POSITIONS;
    }
  }

  /**
   * Takes in what the last frame of a page says.
   *
   * @param complete - no page follows.
   */
  settle(ask: Ask, summary: ReplaySummary, complete: boolean): void {
    // Not all are named where there are very many.
    const isCut = summary.lost.length >= 100 || summary.lostPrivate.length >= 100;
    const states = new Set(ask.states);
    if (ask.channels === undefined) {
      for (const channel of [...summary.lost, ...summary.lostPrivate]) this.#hearOf(channel);
      // What was never heard of before may have begun in this page.
      for (const state of this.#unknownStates) states.add(state);
    }
    for (const state of states) {
      // It was forgotten meanwhile.
      if (this.#states.get(state.channel) !== state) continue;
      const at = placeOf(summary.positions, state.channel);
      if (at !== undefined) ask.lost.positions.set(state.channel, at);
      const stood = ask.lost.positions.get(state.channel);
      for (const [sequence, [present, earlier], named, before] of [
        [state.public, [at, stood], summary.lost, ask.lost.public],
        [state.private, [at?.private, stood?.private], summary.lostPrivate, ask.lost.private],
      ] as const) {
        // A page names what earlier ones did, too; what was never heard of may begin on a later one.
        const isUnknown = sequence.position === undefined;
        const isNew = !before.has(state.channel) || isUnknown;
        // What all is gone of begins at the end, behind where an earlier page said that it stands.
        const position = isUnknown ? (present ?? earlier) : present;
        sequence.settle({ lost: isCut || (isNew && named.includes(state.channel)), at: position, complete });
      }
      this.#note(state);
    }
    for (const channel of summary.lost) ask.lost.public.add(channel);
    for (const channel of summary.lostPrivate) ask.lost.private.add(channel);
    const isUnnamed = isCut || summary.lost.length + summary.lostPrivate.length === 0;
    if (complete && !summary.recovered && isUnnamed) this.#report(UNNAMED);
  }

  /** Everything up to a time (ms since 1970, the history's clock) has been heard. */
  markComplete(time: number): void {
    this.#completeTo = Math.max(time, this.#completeTo ?? 0);
    this.#forgetOldest(this.#completeTo - this.#skew);
    this.#allowMore();
  }

  /**
   * The service’s clock was set back to `time`. What was appended between that and now, to channels never heard of, may
   * bear any time, so that no question finds it for sure.
   */
  setBack(time: number): void {
    for (const interest of this.#registry.all) interest.setBack(time);
    if (this.#completeTo !== undefined) this.#completeTo = Math.min(this.#completeTo, time);
    // It may be heard again, rather than be missed.
    this.#forgottenTo = Number.NEGATIVE_INFINITY;
    this.#report(UNNAMED);
  }

  /** The service does not replay: gives up on everything that is missing. */
  abandonMissing(): void {
    for (const state of [...this.#uneasy]) this.#abandon(state);
  }

  #abandon(state: ChannelState): void {
    state.public.abandon('undelivered');
    state.private.abandon('undelivered');
    this.#note(state);
  }

  /** Something may have been missed, or will be, of channels that nobody can name, since it cannot be asked for. */
  missUnnamed(): void {
    this.#report({ ...UNNAMED, reason: 'undelivered' });
  }

  /** Takes note of a channel that was never heard of, where somebody hears it: all there was of it may be gone. */
  #hearOf(channel: string): void {
    if (this.#registry.matching(channel).length > 0) this.#stateOf(channel);
  }

  get #unknownStates(): readonly ChannelState[] {
    return [...this.#states.values()].filter(
      (state) => state.public.position === undefined || state.private.position === undefined,
    );
  }

  #positions(states: readonly ChannelState[], of: (state: ChannelState) => PositionPair) {
    // Without a prototype: a channel may be called `__proto__`.
    const positions: Record<string, ChannelPosition> = Object.create(null);
    const named: ChannelState[] = [];
    let bytes = 0;
    let taken = 0;
    for (const state of states) {
      const size = bytesOf(JSON.stringify([state.channel, state.public.position, state.private.position]));
      bytes += size + AROUND_POSITION;
      if (named.length === MAX_POSITIONS || bytes > MOST_POSITION_BYTES) break;
      taken++;
      const [at, mine] = of(state);
      if (at === undefined) continue;
      positions[state.channel] = mine === undefined ? at : { ...at, private: mine };
      named.push(state);
    }
    return { positions, states: named, taken };
  }

  /**
   * The time (ms since 1970) before which nothing of a channel is wanted that was never heard of: whatever there was when
   * everything was complete would be known. Beyond all times where nobody's subscription is sure yet.
   */
  #floorOf(channel: string): number {
    const times = this.#registry.matching(channel).flatMap(({ since }) => since ?? []);
    const first = Math.min(...times, Number.MAX_SAFE_INTEGER);
    return this.#completeTo === undefined ? first : Math.max(first, this.#completeTo - this.#skew);
  }

  /** @returns whether the service has to be asked about a channel, which waits until somebody's subscription is sure. */
  #note(state: ChannelState): boolean {
    const isUneasy = state.public.needsReplay || state.private.needsReplay;
    if (isUneasy && this.#states.get(state.channel) === state) this.#uneasy.add(state);
    else this.#uneasy.delete(state);
    return isUneasy && this.#floorOf(state.channel) < Number.MAX_SAFE_INTEGER;
  }

  #stateOf(channel: string): ChannelState {
    const known = this.#states.get(channel);
    if (known !== undefined) return known;
    if (this.#states.size > 3 * this.#most + this.#registry.size) this.#forgetUnsure();
    const state: ChannelState = {
      channel,
      public: this.#sequence(channel, false),
      private: this.#sequence(channel, true),
      latest: 0,
    };
    this.#states.set(channel, state);
    return state;
  }

  /** Forgets what cannot be forgotten without missing anything, which is declared. Nothing of it is asked for again. */
  #forgetUnsure(): void {
    this.#forgetOldest();
    this.#completeTo = Math.max(this.#completeTo ?? 0, this.#forgottenTo + this.#skew + 1);
    this.missUnnamed();
  }

  #sequence(channel: string, isPrivate: boolean): Sequence {
    return new Sequence({
      release: (event, source) => {
        this.counts.events++;
        const state = this.#stateOf(channel);
        state.latest = Math.max(state.latest, event.timestamp);
        // Before anybody is told, who may subscribe: to what comes from now on, and this is here already.
        for (const subscription of this.#registry.listening(channel)) subscription.hear(event, source);
      },
      gap: (reason, epoch, from, to) => this.#report({ channel, private: isPrivate, reason, epoch, from, to }),
      duplicate: () => void this.counts.duplicates++,
    });
  }

  #report(gap: Gap): void {
    this.counts.gaps++;
    this.#onGap(gap);
  }
}
