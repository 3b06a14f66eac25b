import type { Clock } from '../ports/clock.ts';
import type { HistoryName } from '../ports/history.ts';
import type { Postings, Unfinished } from '../ports/postings.ts';
import { Fenced, type Turn } from '../ports/turn.ts';
import type { MemoryStore, PostingRecord } from './store.ts';

/** Milliseconds for which a record is kept from the latest turn on. */
const KEPT = 44 * 86_400_000;

/** Ranges of unknown fences that are kept. The oldest give way: whatever was appended under them came again long ago. */
const MOST_UNKNOWN = 32;

/** What the shards are posting, in memory. Holds all that its port guarantees. */
export class MemoryPostings implements Postings {
  readonly #store: MemoryStore;
  readonly #clock: Clock;

  /** @param clock - the caller’s. */
  constructor(store: MemoryStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async claim(shard: string, above: number): Promise<{ turn: Turn; unfinished: Unfinished | undefined }> {
    const fence = this.#nextFence(above);
    const record = this.#store.postings.renewed(shard, KEPT, () => ({ holder: 0, last: -1, unknown: [] }));
    const heard = Math.max(record.last, record.unfinished?.fence ?? -1);
    // But for one that was claimed since and did nothing.
    const ranges = record.unknown.at(-1)?.[0] === heard + 1 ? record.unknown.slice(0, -1) : record.unknown;
    record.unknown = [...ranges, [heard + 1, fence - 1] as const].slice(-MOST_UNKNOWN);
    record.holder = fence;
    record.next = undefined;
    return { turn: { shard, fence, unknown: record.unknown }, unfinished: record.unfinished };
  }

  async begin(turn: Turn, histories: readonly HistoryName[], isKnown: boolean): Promise<void> {
    const { fence } = turn;
    const record = this.#recordOf(turn);
    const before = record.unfinished;
    if (before?.fence === fence) return;
    if (before !== undefined) {
      if (!isKnown) record.unknown = [...record.unknown, [before.fence, before.fence]];
      record.last = Math.max(record.last, before.fence);
    }
    record.unfinished = { fence, histories, upTo: undefined };
    this.#store.postings.renew(turn.shard, KEPT);
  }

  async advance(turn: Turn, of: number, upTo: string | undefined): Promise<void> {
    const record = this.#recordOf(turn);
    if (upTo !== undefined && record.unfinished?.fence === of) record.unfinished = { ...record.unfinished, upTo };
  }

  async finish(turn: Turn): Promise<Turn | undefined> {
    const { shard, fence } = turn;
    const said = this.#store.postings.get(shard);
    if (said?.last === fence) return said.holder === said.next ? { ...turn, fence: said.holder } : undefined;
    const record = this.#recordOf(turn);
    const next = this.#nextFence(fence);
    Object.assign(record, { holder: next, next, last: fence, unfinished: undefined });
    this.#store.postings.renew(shard, KEPT);
    return { ...turn, fence: next };
  }

  /** @throws Fenced where another turn goes on. */
  #recordOf({ shard, fence }: Turn): PostingRecord {
    const record = this.#store.postings.get(shard);
    if (record?.holder !== fence) throw new Fenced();
    return record;
  }

  #nextFence(above: number): number {
    const { clock, highestFence } = this.#store;
    // By the clock too, so that fences go on higher where the highest was forgotten.
    const now = Math.round(1_000 * Math.max(clock.now(), this.#clock.now()));
    const fence = Math.max(highestFence + 1, above + 1, now);
    this.#store.highestFence = fence;
    return fence;
  }
}
