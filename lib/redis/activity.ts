import type { Clock } from '../ports/clock.ts';
import { ByName, LOOK_BACK } from './by-name.ts';
import { orAway, type RedisClient } from './client.ts';
import { Remembered } from './generation.ts';
import { inSlices } from './in-slices.ts';
import type { ActiveKeys, Keys } from './keys.ts';

/** Milliseconds for which a channel once noted is not noted again by the same process. */
const NOTED_FOR = LOOK_BACK / 2;

/** Channels a process remembers to have noted; then it forgets all, which costs a few writes. */
const MOST_NOTED = 100_000;

/** Members that one step notes. */
const STEP = 200;

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

/** What one step notes. */
interface Note {
  readonly keys: ActiveKeys;
  readonly members: string[];
}

const markOf = ([key]: ActiveKeys, member: string): string => `${key}\n${member}`;

const isRecent = (noted: NotedAt | undefined, at: NotedAt): boolean =>
  noted !== undefined && at.elapsed - noted.elapsed <= NOTED_FOR && Math.abs(at.now - noted.now) <= NOTED_FOR;

/** Bytes of some channels, about. */
const bytesOf = ({ members }: Note): number => 256 * members.length;

/**
 * Which channels were appended to and when, so that a pattern’s channels are found without looking at every key. Sorted
 * sets by time and by name: for each first segment, for all first segments, for each user with private events.
 */
export class Activity {
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #retention: number;
  readonly #clock: Clock;
  readonly #noted: Remembered<Map<string, NotedAt>>;
  /** What was noted, in the order of names. */
  readonly byName: ByName;

  constructor(redis: RedisClient, keys: Keys, retention: number, clock: Clock) {
    this.#redis = redis;
    this.#keys = keys;
    this.#retention = retention;
    this.#clock = clock;
    this.#noted = new Remembered(redis, () => new Map());
    this.byName = new ByName(redis, keys);
  }

  /**
   * Notes that channels are about to be appended to. Usually there is nothing to write.
   *
   * @returns those that are known to have been noted before.
   */
  async note(names: readonly Active[]): Promise<ReadonlySet<Active>> {
    const at = { elapsed: this.#clock.elapsed(), now: this.#clock.now() };
    const noted = this.#noted.value;
    const writes = new Map<string, { readonly keys: ActiveKeys; readonly members: Set<string> }>();
    const known = new Set(names);
    for (const name of names) {
      for (const { keys, member } of this.#placesOf(name)) {
        if (isRecent(noted.get(markOf(keys, member)), at)) continue;
        known.delete(name);
        const write = writes.get(keys[0]) ?? { keys, members: new Set() };
        write.members.add(member);
        writes.set(keys[0], write);
      }
    }
    if (writes.size === 0) return known;
    const kept = this.#retention + LOOK_BACK;
    if (noted.size > MOST_NOTED) noted.clear();
    const notes: Note[] = [];
    for (const { keys, members } of writes.values()) {
      const all = [...members];
      for (let from = 0; from < all.length; from += STEP) notes.push({ keys, members: all.slice(from, from + STEP) });
    }
    await inSlices(notes, bytesOf, async (slice) => {
      await orAway(
        Promise.all(slice.map(({ keys, members }) => this.#redis.activate(...keys, kept, at.now, ...members))),
      );
      // What is noted is not noted again where a later slice fails. It stands in what was remembered before the write: where
      // that is forgotten meanwhile, so is this.
      for (const { keys, members } of slice) for (const member of members) noted.set(markOf(keys, member), at);
    });
    return known;
  }

  /** Redis has forgotten what was noted. */
  forget(): void {
    this.#noted.forget();
  }

  #placesOf({
    channel,
    firstSegment,
    user,
  }: Active): readonly { readonly keys: ActiveKeys; readonly member: string }[] {
    if (user !== undefined) return [{ keys: this.#keys.activePrivately(user), member: channel }];
    return [
      { keys: this.#keys.active(firstSegment), member: channel },
      { keys: this.#keys.activeSegments, member: firstSegment },
    ];
  }
}
