import { MAX_POSITIONS } from '../../lib/protocol/limits.ts';
import type { ChannelPosition, Positions } from '../../lib/protocol/position.ts';
import { bytesOf } from '../../lib/protocol/utf8.ts';
import type { Gap } from './gap.ts';
import type { Event, ReplaySummary, Source } from './messages.ts';
import { isPosition, positionOf } from './position.ts';
import type { Registry } from './registry.ts';
import type { SavedPositions } from './saved-positions.ts';
import type { GapReason, SequenceListener } from './sequence-listener.ts';
import { TrackedChannel } from './tracked-channel.ts';

/** What has happened, in numbers. */
export interface HeardCounts {
  /** Events released to handlers. */
  events: number;
  /** Events left out because they were heard before. */
  duplicates: number;
  gaps: number;
}

/** A question to the service, and the channels it is about. */
export interface ReplayRequest {
  readonly positions: Positions;
  readonly since: number | undefined;
  /** Undefined for everything that is heard. */
  readonly channels: readonly string[] | undefined;
  readonly about: readonly TrackedChannel[];
  /** What the pages so far said is missing: channels, and those of which private events are; and where these stand. */
  readonly lost: readonly [Set<string>, Set<string>];
  readonly stood: Map<string, ChannelPosition>;
  /** Whether a page named as many as it may, so that there may be others. */
  isCut: boolean;
}

/** Bytes of positions in one request: with what stands around them they fit a frame. */
const MOST_POSITION_BYTES = 26_000;

/** Names and punctuation of one position, and room for another number of digits. */
const AROUND_POSITION = 24;

/** Channels that the answer names as lost, at most. */
const MOST_NAMED = 100;

/** Everything that was heard, by channel, and what is missing of it. */
export class ChannelTracker {
  readonly counts: HeardCounts;
  readonly #registry: Registry;
  readonly #onGap: (gap: Gap) => void;
  /** The channel heard of last stands last. */
  readonly #channels = new Map<string, TrackedChannel>();
  /** The one that stands last because of a live event. */
  #latest: TrackedChannel | undefined;
  /** Channels that may need a replay. */
  readonly #uneasy = new Set<TrackedChannel>();
  #pinged = 0;
  /** Most channels that a question is about, and whether the next for all names none. */
  #mostAsked = MAX_POSITIONS;
  #namesNone = false;
  #turn = Promise.resolve();
  readonly #skew: number;
  /** The history's clock when everything there was had been heard. */
  #completeTo = -Number.POSITIVE_INFINITY;
  readonly #most: number;
  /** How many channels are remembered when room is to be made. */
  #crowdedAt: number;
  /** What is not later was heard, of channels that were forgotten. */
  #forgottenTo = -Number.POSITIVE_INFINITY;

  /**
   * @param skew - milliseconds by which the clocks of the service's histories may differ.
   * @param most - channels to remember, beside those that are subscribed to by name.
   */
  constructor(registry: Registry, skew: number, most: number, onGap: (gap: Gap) => void) {
    this.counts = { events: 0, duplicates: 0, gaps: 0 };
    this.#registry = registry;
    this.#skew = skew;
    this.#most = most;
    this.#crowdedAt = 2 * most;
    this.#onGap = onGap;
  }

  /** What another needs to go on from here. */
  get saved(): SavedPositions {
    return [
      1,
      // What is unknown is asked for by its time.
      Math.min(this.#completeTo, ...this.#unknown.map(({ since }) => since)),
      this.#forgottenTo,
      // Where all that it is to begin with, or what waits for that, is still to be heard, another is to begin anew.
      [
        ...this.#registry.all.map(
          ({ text, since, wanters }) => [text, wanters.some(({ waiting }) => !waiting) ? since : null] as const,
        ),
        ...this.#registry.restored,
      ],
      [...this.#channels.values()].map(({ name, latest, both: [own, mine] }) => [name, latest, own.saved, mine.saved]),
    ];
  }

  /** Goes on where another was, before anything is heard. */
  set saved([, completeTo, forgottenTo, texts, channels]: SavedPositions) {
    this.#completeTo = completeTo || this.#completeTo;
    this.#forgottenTo = forgottenTo || this.#forgottenTo;
    for (const [name, latest, ...both] of channels) {
      const channel = this.#channelOf(name);
      channel.latest = latest;
      for (const i of [0, 1] as const) channel.both[i].saved = both[i];
    }
    this.#registry.restored = new Map(texts.filter(([, since]) => since) as [string, number][]);
  }

  /** Runs a question and its answer, one after the other: two answers at once could not be told apart. */
  inTurn(task: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(task);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** Takes an event. @returns whether the service has to be asked for what is missing before it. */
  take(event: Event, source: Source): boolean {
    const { channel: name, timestamp, epoch } = event;
    // It is missing then, and missed like any other.
    if (!isPosition(event) || !this.#isHeard(name)) return false;
    const channel = this.#channelOf(name);
    const sequence = channel.both[event.private === true ? 1 : 0];
    const isLive = source === 'live';
    if (isLive && channel !== this.#latest) {
      this.#latest = channel;
      this.#channels.delete(name);
      this.#channels.set(name, channel);
    }
    if (!sequence.place) {
      if (isLive && timestamp <= this.#forgottenTo) {
        this.counts.duplicates++;
        return false;
      }
      if (!isLive && timestamp < (sequence.since ?? this.#floorOf(name))) {
        sequence.passOver(event);
        return false;
      }
      // Nothing was before the first, so nothing can be missing.
      if (isLive && event.offset === 1) sequence.begin({ offset: 0, epoch });
    }
    sequence.take(event, source);
    return this.#note(channel);
  }

  /**
   * Takes in where named channels stood once a subscription to them was durable.
   *
   * @param isNew - of a channel: whether nothing before that is wanted of it.
   * @param time - when they stood there: ms since 1970, the history’s clock.
   */
  stand(positions: Positions, isNew: (channel: string) => boolean, time: number): void {
    for (const name of Object.keys(positions)) {
      const position = positionOf(positions, name);
      // Nobody may listen to it any more by the time that it is answered.
      if (!position || !this.#isHeard(name)) continue;
      const channel = this.#channelOf(name);
      const places = [position, position.private ?? { offset: 0, epoch: '' }] as const;
      for (const i of [0, 1] as const) {
        const [sequence, at] = [channel.both[i], places[i]];
        // Where there is nothing, nothing of before can be wanted either.
        if (!sequence.place && (isNew(name) || !at.offset)) sequence.begin(at, time, this.#skew);
        else if (at.epoch !== '' || sequence.place?.offset !== 0) sequence.compare(at);
      }
      this.#note(channel);
    }
  }

  /** The service says that these channels hold more. */
  markBehind(names: readonly string[]): void {
    for (const name of names) this.#markBehind(this.#channels.get(name));
  }

  #markBehind(channel: TrackedChannel | undefined): void {
    if (!channel) return;
    channel.markBehind();
    this.#note(channel);
  }

  /** Nothing was heard for a while: what was released is to be compared with the history before it counts as sure. */
  interrupt(): void {
    for (const { both } of this.#channels.values()) for (const sequence of both) sequence.interrupt();
  }

  /** Forgets channels that nobody wants to hear any more, unless somebody may come for them yet. */
  forgetUnheard(): void {
    if (this.#registry.restored.size > 0) return;
    for (const channel of this.#channels.values()) if (!this.#isHeard(channel.name)) this.#forget(channel);
  }

  /** Whether so many channels are remembered that everything is to be asked for, after which some may be forgotten. */
  get isCrowded(): boolean {
    return this.#channels.size > this.#crowdedAt + this.#registry.size;
  }

  /**
   * Forgets channels until no more are remembered than should be, those that were heard of longest ago first, and none that
   * is subscribed to by name.
   *
   * @param time - ms since 1970: only those of which all was heard before, and nothing is missing.
   */
  #forgetOldest(time = Number.POSITIVE_INFINITY): void {
    for (const channel of this.#channels.values()) {
      if (this.#channels.size <= this.#most + this.#registry.size) return;
      const isSure = !this.#uneasy.has(channel) && channel.latest < time;
      if (this.#registry.get(channel.name) || !(isSure || time === Number.POSITIVE_INFINITY)) continue;
      this.#forget(channel);
      this.#forgottenTo = Math.max(this.#forgottenTo, channel.latest);
    }
  }

  /** Whatever came of the last question for everything, there is none for want of room before there are many more. */
  #allowMore(): void {
    this.#crowdedAt = Math.max(2 * this.#most, this.#channels.size + this.#most / 2);
  }

  #forget(channel: TrackedChannel): void {
    this.#channels.delete(channel.name);
    this.#uneasy.delete(channel);
  }

  /** Positions for a ping, of other channels each time where there are more than one ping can name. */
  positionsToCheck(): Positions {
    const all = [...this.#channels.values()];
    const start = this.#pinged < all.length ? this.#pinged : 0;
    const { positions, taken } = this.#positions(all.slice(start).concat(all.slice(0, start)), (channel) =>
      channel.standing(),
    );
    this.#pinged = start + taken;
    return positions;
  }

  /** A question for all that was missed: by position what was heard of last, by time all else. */
  askForAll(): ReplayRequest {
    this.#allowMore();
    const times = this.#registry.all.flatMap(({ since }) => since ?? []);
    const since = Math.min(
      Number.isFinite(this.#completeTo) ? this.#completeTo - this.#skew : Math.min(...times),
      ...this.#unknown.map((channel) => channel.since),
    );
    const all = [...this.#channels.values()];
    const named = this.#namesNone ? [] : all.reverse();
    const { positions, about } = this.#positions(named, (channel) => channel.ask());
    for (const channel of this.#unknown) if (!Object.hasOwn(positions, channel.name)) channel.expectAnswer();
    if (this.#namesNone) for (const channel of all) this.#markBehind(channel);
    this.#namesNone = false;
    return this.#ask(positions, about, Math.max(0, since), undefined);
  }

  /** Whether something is known to be missing that the service can be asked for. */
  get isMissing(): boolean {
    return this.#missing.length > 0;
  }

  get #missing(): readonly TrackedChannel[] {
    return [...this.#uneasy].filter((channel) => this.#note(channel));
  }

  /** A question for what is known to be missing; undefined where nothing is. */
  askForMissing(): ReplayRequest | undefined {
    const missing = this.#missing.slice(0, this.#mostAsked);
    if (missing.length === 0) return undefined;
    const [unplaced, placed] = [true, false].map((wanted) =>
      missing.filter(({ isUnplaced }) => isUnplaced === wanted).slice(0, MAX_POSITIONS / 2),
    ) as [TrackedChannel[], TrackedChannel[]];
    for (const channel of unplaced) channel.expectAnswer();
    const { positions, about } = this.#positions(placed, (channel) => channel.ask());
    const all = [...unplaced, ...about];
    const names = all.map(({ name }) => name);
    // A private place cannot be told without another: what follows that stands behind the time of what was heard.
    const since = Math.min(
      ...unplaced.flatMap(({ since, name, latest }) => [
        since,
        this.#floorOf(name),
        latest || Number.POSITIVE_INFINITY,
      ]),
    );
    return this.#ask(positions, all, unplaced.length > 0 ? since : undefined, names);
  }

  #ask(
    positions: Positions,
    about: readonly TrackedChannel[],
    since: ReplayRequest['since'],
    channels: ReplayRequest['channels'],
  ): ReplayRequest {
    return { positions, since, channels, about, lost: [new Set(), new Set()], stood: new Map(), isCut: false };
  }

  /** A question was not answered: what it was about is still to be asked. */
  unanswered({ about }: ReplayRequest): void {
    for (const channel of about) this.#markBehind(channel);
  }

  /**
   * The service refuses a question, though one like it was answered before: it is about fewer channels from now on, until
   * the one that is to blame is alone and given up.
   */
  narrow({ channels, about }: ReplayRequest): void {
    if (!channels) this.#namesNone = true;
    else if (about.length > 1) this.#mostAsked = Math.ceil(about.length / 2);
    else {
      this.#abandon(about);
      this.#mostAsked = MAX_POSITIONS;
    }
  }

  /**
   * Takes in what the last frame of a page says.
   *
   * @param complete - no page follows.
   */
  settle(ask: ReplayRequest, summary: ReplaySummary, complete: boolean): void {
    const named = [summary.lost, summary.lostPrivate] as const;
    const isCut = named.some(({ length }) => length >= MOST_NAMED);
    ask.isCut ||= isCut;
    const about = new Set(ask.about);
    if (ask.channels === undefined) {
      // All there was of one that was never heard of may be gone.
      for (const name of named.flat()) if (this.#isHeard(name)) this.#channelOf(name);
      // What was never heard of before may have begun in this page.
      for (const channel of this.#unknown) about.add(channel);
    }
    for (const channel of about) {
      const { name, both } = channel;
      // It was forgotten meanwhile.
      if (this.#channels.get(name) !== channel) continue;
      const at = positionOf(summary.positions, name);
      if (at) ask.stood.set(name, at);
      for (const i of [0, 1] as const) {
        const sequence = both[i];
        // A page may name what earlier ones did, too; what was never heard of may begin on a later one.
        const lost = isCut || (ask.lost[i].has(name) ? channel.isUnplaced || !sequence.place : named[i].includes(name));
        // What all is gone of begins at the end, behind where an earlier page said that it stands.
        const place = sequence.place ? at : ask.stood.get(name);
        const isOpen = sequence.settle({ lost, at: i ? place?.private : place, complete });
        // Of private events nobody says where they stand if the channel has none of its own.
        if (isOpen && lost && !isCut) this.#report('trimmed', undefined, undefined, undefined, name, i === 1);
      }
      this.#note(channel);
    }
    for (const i of [0, 1] as const) for (const name of named[i]) ask.lost[i].add(name);
    if (complete && !summary.recovered && (ask.isCut || summary.unnamed || !ask.lost.some(({ size }) => size)))
      this.#report('trimmed');
  }

  /** Everything up to a time (ms since 1970, the history's clock) has been heard. */
  markComplete(time: number): void {
    this.#completeTo = Math.max(time, this.#completeTo);
    // What another client heard, and nobody has asked for here, is not gone on with.
    this.#registry.restored = new Map();
    this.forgetUnheard();
    this.#forgetOldest(this.#completeTo - this.#skew);
    this.#allowMore();
  }

  /**
   * The service’s clock was set back to `time`. What was appended between that and now, to channels never heard of, may
   * bear any time, so that no question finds it for sure.
   */
  setBack(time: number): void {
    for (const interest of this.#registry.all) interest.setBack(time);
    this.#completeTo = Math.min(this.#completeTo, time);
    // It may be heard again, rather than be missed.
    this.#forgottenTo = -Number.POSITIVE_INFINITY;
    this.#report('trimmed');
  }

  /** The service does not replay: gives up on everything that is missing. */
  abandonMissing(): void {
    this.#abandon([...this.#uneasy]);
  }

  #abandon(channels: readonly TrackedChannel[]): void {
    for (const channel of channels) {
      for (const sequence of channel.both) sequence.abandon('undelivered');
      this.#note(channel);
    }
  }

  /** Something may have been missed, or will be, of channels that nobody can name, since it cannot be asked for. */
  missUnnamed(): void {
    this.#report('undelivered');
  }

  #isHeard(name: string): boolean {
    return this.#registry.matching(name).length > 0;
  }

  /** Those of which it is not known where their events begin, or the private ones. */
  get #unknown(): readonly TrackedChannel[] {
    return [...this.#channels.values()].filter(({ both }) => both.some(({ place }) => !place));
  }

  /** As many positions as fit a request. @returns also which channels have one, and how many were looked at. */
  #positions(channels: readonly TrackedChannel[], of: (channel: TrackedChannel) => ChannelPosition | undefined) {
    // Without a prototype: a channel may be called `__proto__`.
    const positions: Record<string, ChannelPosition> = Object.create(null);
    const about: TrackedChannel[] = [];
    let bytes = 0;
    let taken = 0;
    for (const channel of channels) {
      bytes += bytesOf(JSON.stringify([channel.name, ...channel.both.map(({ place }) => place)]));
      bytes += AROUND_POSITION;
      if (about.length === MAX_POSITIONS || bytes > MOST_POSITION_BYTES) break;
      taken++;
      const at = of(channel);
      if (!at) continue;
      positions[channel.name] = at;
      about.push(channel);
    }
    return { positions, about, taken };
  }

  /**
   * The time (ms since 1970) before which nothing of a channel is wanted that was never heard of: whatever there was when
   * everything was complete would be known. Beyond all times where nobody's subscription is sure yet.
   */
  #floorOf(name: string): number {
    const times = this.#registry.matching(name).map(({ since }) => since ?? Number.POSITIVE_INFINITY);
    return Math.max(Math.min(...times), this.#completeTo - this.#skew);
  }

  /** @returns whether the service has to be asked about a channel, which waits until somebody's subscription is sure. */
  #note(channel: TrackedChannel): boolean {
    const { name, needsReplay } = channel;
    if (needsReplay && this.#channels.get(name) === channel) this.#uneasy.add(channel);
    else this.#uneasy.delete(channel);
    return needsReplay && this.#floorOf(name) < Number.POSITIVE_INFINITY;
  }

  #channelOf(name: string): TrackedChannel {
    const known = this.#channels.get(name);
    if (known !== undefined) return known;
    if (this.#channels.size > 3 * this.#most + this.#registry.size) this.#forgetUnsure();
    const channel = new TrackedChannel(name, (isPrivate) => this.#listenerOf(name, isPrivate));
    this.#channels.set(name, channel);
    return channel;
  }

  /** Forgets what cannot be forgotten without missing anything, which is declared. Nothing of it is asked for again. */
  #forgetUnsure(): void {
    this.#forgetOldest();
    this.#completeTo = Math.max(this.#completeTo, this.#forgottenTo + this.#skew + 1);
    this.missUnnamed();
  }

  #listenerOf(name: string, isPrivate: boolean): SequenceListener {
    return {
      release: (event, source) => {
        this.counts.events++;
        const channel = this.#channelOf(name);
        channel.latest = Math.max(channel.latest, event.timestamp);
        // Before anybody is told, who may subscribe: to what comes from now on, and this is here already.
        for (const subscription of this.#registry.listening(name)) {
          // One of them may go on as another user, of whose subscriptions none is here.
          if (this.#registry.size > 0) subscription.hear(event, source);
        }
      },
      gap: (...gap) => this.#report(...gap, name, isPrivate),
      duplicate: () => void this.counts.duplicates++,
    };
  }

  /** Without a channel: nobody knows of which. */
  #report(reason: GapReason, epoch?: string, from?: number, to?: number, channel?: string, isPrivate = false): void {
    this.counts.gaps++;
    this.#onGap({ channel, private: isPrivate, reason, epoch, from, to });
  }
}
