import type { Clock } from '../ports/clock.ts';
import type { HistoryName } from '../ports/history.ts';
import type { Postings, Unfinished } from '../ports/postings.ts';
import { Fenced, type FenceRange, type Turn } from '../ports/turn.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';

/** Milliseconds, beside the life of a history, for which a record is kept from the latest turn on. */
const BEYOND = 30 * 86_400_000;

/** A channel, and the users whose private events on it are meant; null for the channel’s own. */
type Stored = readonly [channel: string, users: readonly (string | null)[]];

const encodeHistories = (histories: readonly HistoryName[]): string => {
  const byChannel = new Map<string, (string | null)[]>();
  for (const { channel, user = null } of histories) {
    const users = byChannel.get(channel);
    if (users === undefined) byChannel.set(channel, [user]);
    else users.push(user);
  }
  return JSON.stringify([...byChannel]);
};

const decodeHistories = (text: string): readonly HistoryName[] =>
  (JSON.parse(text) as readonly Stored[]).flatMap(([channel, users]) =>
    users.map((user) => (user === null ? { channel } : { channel, user })),
  );

const decodeRanges = (text: string): readonly FenceRange[] =>
  text.split(',').flatMap((range): FenceRange[] => {
    const [from, to] = range.split('-').map(Number);
    return from === undefined || to === undefined ? [] : [[from, to]];
  });

/** What the shards are posting, in one hash of Redis each. */
export class RedisPostings implements Postings {
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #clock: Clock;
  /** Milliseconds. */
  readonly #lifetime: number;

  /**
   * @param retention - of the histories, milliseconds. A record outlives what can be read of the events it is about: when
   *   it is gone, nothing is posted again that was heard.
   */
  constructor(redis: RedisClient, keys: Keys, retention: number, clock: Clock) {
    this.#redis = redis;
    this.#keys = keys;
    this.#clock = clock;
    this.#lifetime = 2 * retention + BEYOND;
  }

  async claim(shard: string, above: number): Promise<{ turn: Turn; unfinished: Unfinished | undefined }> {
    const [fence, unknown, set, histories, upTo] = await orAway(
      this.#redis.claim(
        this.#keys.postings(shard),
        this.#keys.highestFence,
        this.#microseconds(),
        above,
        this.#lifetime,
      ),
    );
    const turn = { shard, fence: Number(fence), unknown: decodeRanges(unknown) };
    if (set === '') return { turn, unfinished: undefined };
    return {
      turn,
      unfinished: {
        fence: Number(set),
        histories: decodeHistories(histories),
        upTo: upTo === '' ? undefined : upTo,
      },
    };
  }

  async begin(turn: Turn, histories: readonly HistoryName[], isKnown: boolean): Promise<void> {
    const goesOn = await orAway(
      this.#redis.begin(
        this.#keys.postings(turn.shard),
        turn.fence,
        encodeHistories(histories),
        isKnown ? 1 : 0,
        this.#lifetime,
      ),
    );
    if (goesOn === 0) throw new Fenced();
  }

  async advance({ shard, fence }: Turn, of: number, upTo: string | undefined): Promise<void> {
    const goesOn = await orAway(this.#redis.advance(this.#keys.postings(shard), fence, of, upTo ?? ''));
    if (goesOn === 0) throw new Fenced();
  }

  async finish(turn: Turn): Promise<Turn | undefined> {
    const { shard, fence, unknown } = turn;
    const next = await orAway(
      this.#redis.finish(
        this.#keys.postings(shard),
        this.#keys.highestFence,
        fence,
        this.#microseconds(),
        this.#lifetime,
      ),
    );
    if (next === null) throw new Fenced();
    return next === '' ? undefined : { shard, fence: Number(next), unknown };
  }

  #microseconds(): number {
    return Math.round(1_000 * this.#clock.now());
  }
}
