import { BACKLOG_PARTS, type Backlog, partOfShard, type Waiting, type Watch } from '../ports/backlog.ts';
import type { Clock } from '../ports/clock.ts';
import type { HistoryName } from '../ports/history.ts';
import { historyOf, scopeOf } from '../ports/scope.ts';
import { Fenced } from '../ports/turn.ts';
import type { Position } from '../protocol/position.ts';
import { orAway, type RedisClient } from './client.ts';
import { keysOfHistory } from './epochs.ts';
import { inSlices } from './in-slices.ts';
import type { Keys } from './keys.ts';

/** Histories that one step notes. */
const STEP = 500;

/** @throws Fenced */
const orFenced = (goesOn: number): void => {
  if (goesOn === 0) throw new Fenced();
};

/** What is to be announced, in a sorted set and two hashes for each part. The cursors lie with the histories. */
export class RedisBacklog implements Backlog {
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #clock: Clock;
  /** Milliseconds. */
  readonly #lifetime: number;

  /** @param retention - of the histories, milliseconds. What waits outlives what can be read. */
  constructor(redis: RedisClient, keys: Keys, retention: number, clock: Clock) {
    this.#redis = redis;
    this.#keys = keys;
    this.#clock = clock;
    this.#lifetime = 2 * retention;
  }

  async note(shard: string, names: readonly HistoryName[]): Promise<void> {
    const keys = this.#keys.backlog(partOfShard(shard));
    const members = [...new Set(names.map(scopeOf))];
    const steps = Array.from({ length: Math.ceil(members.length / STEP) }, (_, i) =>
      members.slice(i * STEP, (i + 1) * STEP),
    );
    await inSlices(
      steps,
      (step) => step.reduce((bytes, member) => bytes + 2 * member.length, 0),
      (slice) => orAway(Promise.all(slice.map((step) => this.#redis.pend(...keys, this.#lifetime, ...step)))),
    );
  }

  async claim(part: number): Promise<Watch> {
    const [, , watch] = this.#keys.backlog(part);
    const fence = await orAway(this.#redis.relieve(watch, this.#lifetime, Math.round(1_000 * this.#clock.now())));
    return { part, fence: Number(fence) };
  }

  async waiting({ part, fence }: Watch, most: number): Promise<readonly Waiting[]> {
    const found = await orAway(this.#redis.pending(...this.#keys.backlog(part), fence, most));
    if (found === null) throw new Fenced();
    return Array.from({ length: found.length / 2 }, (_, i) => ({
      name: historyOf(found[2 * i] as string),
      mark: found[2 * i + 1] as string,
    }));
  }

  async postpone({ part, fence }: Watch, { name }: Waiting, pause: number): Promise<void> {
    const [due, , watch] = this.#keys.backlog(part);
    orFenced(await orAway(this.#redis.postpone(due, watch, fence, scopeOf(name), pause)));
  }

  async takeUp({ fence }: Watch, name: HistoryName): Promise<Position | undefined> {
    const [first, announced] = await orAway(this.#redis.pursue(keysOfHistory(this.#keys, name)[0], fence));
    if (first === undefined) return undefined;
    if (announced === undefined) throw new Fenced(Number(first));
    return { epoch: first, offset: Number(announced) };
  }

  async advance({ fence }: Watch, name: HistoryName, { epoch, offset }: Position, to: number): Promise<void> {
    const [counters] = keysOfHistory(this.#keys, name);
    orFenced(await orAway(this.#redis.announced(counters, fence, epoch, offset, to)));
  }

  async settle({ part, fence }: Watch, { name, mark }: Waiting): Promise<void> {
    orFenced(await orAway(this.#redis.clear(...this.#keys.backlog(part), fence, scopeOf(name), mark)));
  }

  async age(): Promise<number> {
    const parts = Array.from({ length: BACKLOG_PARTS }, (_, part) => this.#redis.age(this.#keys.backlog(part)[0]));
    return Math.max(...(await orAway(Promise.all(parts))));
  }
}
