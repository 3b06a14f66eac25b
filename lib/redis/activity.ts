import type { Clock } from '../ports/clock.ts';
import { orAway, type RedisClient } from './client.ts';
import { Remembered } from './generation.ts';
import { inSlices } from './in-slices.ts';
import type { Keys } from './keys.ts';

/**
 * Milliseconds for which a channel once noted is not noted again by the same process. Whoever asks looks that much
 * further back, and once more for clocks that differ.
 */
const NOTED_FOR = 60_000;
const LOOK_BACK = 2 * NOTED_FOR;

/** Channels read at a time. */
const PAGE = 1_000;

/** First segments whose channels are read in one round trip. */
const SEGMENTS = 50;

/** Channels a process remembers to have noted; then it forgets all, which costs a few writes. */
const MOST_NOTED = 100_000;

/** A channel that is about to be appended to, or a user’s private events on one. */
export interface Active {
  readonly channel: string;
  readonly firstSegment: string;
  readonly user?: string;
}

/** When something was noted: by both clocks, for the one stands still while a process is frozen, and the other may be set. */
interface NotedAt {
  readonly elapsed: number;
  readonly now: number;
}

/** From where a sorted set is read, by score. */
interface Place {
  readonly key: string;
  readonly from: string;
  readonly size: number;
}

interface Page {
  readonly members: readonly string[];
  /** Undefined where there is no more. */
  readonly next: Place | undefined;
}

const beginning = (since: number): string => String(since - LOOK_BACK);

const markOf = (key: string, member: string): string => `${key}\n${member}`;

const isRecent = (noted: NotedAt | undefined, at: NotedAt): boolean =>
  noted !== undefined && at.elapsed - noted.elapsed <= NOTED_FOR && Math.abs(at.now - noted.now) <= NOTED_FOR;

/** Bytes of some channels, about. */
const bytesOfMembers = ([, members]: readonly [key: string, members: ReadonlySet<string>]): number =>
  256 * members.size;

/**
 * Which channels were appended to and when, so that a pattern’s channels are found without looking at every key. Sorted
 * sets by time: one per first segment, one of all first segments, one per user with private events.
 */
export class Activity {
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #retention: number;
  readonly #clock: Clock;
  readonly #noted: Remembered<Map<string, NotedAt>>;

  constructor(redis: RedisClient, keys: Keys, retention: number, clock: Clock) {
    this.#redis = redis;
    this.#keys = keys;
    this.#retention = retention;
    this.#clock = clock;
    this.#noted = new Remembered(redis, () => new Map());
  }

  /**
   * Notes that channels are about to be appended to. Usually there is nothing to write.
   *
   * @returns those that are known to have been noted before.
   */
  async note(names: readonly Active[]): Promise<ReadonlySet<Active>> {
    const at = { elapsed: this.#clock.elapsed(), now: this.#clock.now() };
    const noted = this.#noted.value;
    const writes = new Map<string, Set<string>>();
    const known = new Set(names);
    for (const name of names) {
      for (const { key, member } of this.#placesOf(name)) {
        if (isRecent(noted.get(markOf(key, member)), at)) continue;
        known.delete(name);
        const members = writes.get(key);
        if (members === undefined) writes.set(key, new Set([member]));
        else members.add(member);
      }
    }
    if (writes.size === 0) return known;
    const kept = this.#retention + LOOK_BACK;
    if (noted.size > MOST_NOTED) noted.clear();
    await inSlices([...writes], bytesOfMembers, async (slice) => {
      await orAway(Promise.all(slice.map(([key, members]) => this.#redis.note(key, kept, at.now, ...members))));
      // What is noted is not noted again where a later slice fails. It stands in what was remembered before the write: where
      // that is forgotten meanwhile, so is this.
      for (const [key, members] of slice) for (const member of members) noted.set(markOf(key, member), at);
    });
    return known;
  }

  /** Redis has forgotten what was noted. */
  forget(): void {
    this.#noted.forget();
  }

  #placesOf({ channel, firstSegment, user }: Active): readonly { readonly key: string; readonly member: string }[] {
    if (user !== undefined) return [{ key: this.#keys.activePrivately(user), member: channel }];
    return [
      { key: this.#keys.active(firstSegment), member: channel },
      { key: this.#keys.activeSegments, member: firstSegment },
    ];
  }

  /** In pages; a channel may come twice. */
  async *channels(firstSegments: readonly string[] | undefined, since: number): AsyncIterable<readonly string[]> {
    const segments = firstSegments ?? (await this.#members(this.#keys.activeSegments, since));
    for (let at = 0; at < segments.length; at += SEGMENTS) {
      const some = segments.slice(at, at + SEGMENTS);
      const places = some.map((segment) => ({ key: this.#keys.active(segment), from: beginning(since), size: PAGE }));
      const pages = await Promise.all(places.map((place) => this.#page(place)));
      for (const { members, next } of pages) {
        if (members.length > 0) yield members;
        if (next !== undefined) yield* this.#pages(next);
      }
    }
  }

  /** Channels of a user’s private events. */
  async privately(user: string, since: number): Promise<readonly string[]> {
    return this.#members(this.#keys.activePrivately(user), since);
  }

  async #members(key: string, since: number): Promise<string[]> {
    const members = new Set<string>();
    const pages = this.#pages({ key, from: beginning(since), size: PAGE });
    for await (const page of pages) for (const member of page) members.add(member);
    return [...members];
  }

  async *#pages(first: Place): AsyncIterable<readonly string[]> {
    for (let place: Place | undefined = first; place !== undefined; ) {
      const { members, next }: Page = await this.#page(place);
      if (members.length > 0) yield members;
      place = next;
    }
  }

  // By score, not by rank: a channel appended to meanwhile moves to the end, and by rank every such move would skip one.
  async #page({ key, from, size }: Place): Promise<Page> {
    const page = await orAway(this.#redis.zrange(key, from, '+inf', 'BYSCORE', 'LIMIT', 0, size, 'WITHSCORES'));
    const members = page.filter((_, i) => i % 2 === 0);
    if (members.length < size) return { members, next: undefined };
    const last = page.at(-1) as string;
    // As many at one instant as a page holds: only a larger page gets past them.
    return { members, next: { key, from: last, size: last === from ? 2 * size : size } };
  }
}
