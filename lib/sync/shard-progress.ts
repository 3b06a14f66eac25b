import { type ShardProgress, Unable } from '../ports/health.ts';

/** Milliseconds for which messages may wait in a shard that makes no step. */
const STANDSTILL = 30_000;

/** Milliseconds that the oldest message of a batch may have waited before a shard counts as behind. */
const BEHIND = 10_000;

/** What is known of a shard by now. */
export interface ShardState {
  readonly queue: string;
  /** Messages that wait. */
  readonly depth: number;
  /** Steps it has made, a batch finished or further connections posted to, and messages it was handed again, by the counters. */
  readonly steps: number;
  readonly redelivered: number;
  /** Milliseconds that the oldest message of its last batch had waited. */
  readonly lag: number;
}

/**
 * How far a shard got since it was last looked at. Messages wait where they lie in its queue, and where a batch comes back
 * again and again: then they are mostly in hand.
 *
 * @param before - what was known when it was last looked at.
 * @param now - milliseconds since 1970.
 */
export const progressOf = (
  before: ShardProgress | undefined,
  { depth, steps, redelivered }: ShardState,
  now: number,
): ShardProgress => {
  // Counters that are lost begin anew.
  const moved = before === undefined || steps !== before.steps || redelivered < before.redelivered;
  if (moved) return { steps, redelivered, since: depth > 0 ? now : undefined };
  const waits = depth > 0 || redelivered > before.redelivered;
  return { ...before, since: waits ? (before.since ?? now) : undefined };
};

/**
 * Judges how far all shards got.
 *
 * @returns why they are late; undefined where none is.
 * @throws Unable where messages wait in one that does not move.
 */
export const judgeShards = (
  shards: readonly ShardState[],
  progress: Readonly<Record<string, ShardProgress>>,
  now: number,
): string | undefined => {
  for (const { queue } of shards) {
    const since = progress[queue]?.since;
    if (since !== undefined && now - since >= STANDSTILL) {
      throw new Unable(`Messages wait in ${queue}, which has stood still for ${Math.round((now - since) / 1_000)} s`);
    }
  }
  const late = shards.filter(({ depth, lag }) => depth > 0 && lag > BEHIND);
  const [first] = late.toSorted((one, other) => other.lag - one.lag);
  return first && `Events are ${Math.round(first.lag / 1_000)} s late in ${first.queue}, which moves`;
};
