import { type Backlog, partOfShard, type Waiting, type Watch } from '../ports/backlog.ts';
import type { Clock } from '../ports/clock.ts';
import type { HistoryName } from '../ports/history.ts';
import { historyOf, scopeOf } from '../ports/scope.ts';
import { Fenced } from '../ports/turn.ts';
import type { Position } from '../protocol/position.ts';
import { SortedSet } from './sorted-set.ts';
import type { BacklogPart, HistoryCounters, MemoryStore } from './store.ts';

/** What is to be announced, in memory. Holds all that its port guarantees. */
export class MemoryBacklog implements Backlog {
  readonly #store: MemoryStore;
  readonly #clock: Clock;

  /** @param clock - the caller’s. */
  constructor(store: MemoryStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async note(shard: string, names: readonly HistoryName[]): Promise<void> {
    const part = this.#partOf(partOfShard(shard));
    part.mark = Math.max(part.mark + 1, Math.round(1_000 * this.#store.clock.now()));
    for (const name of names) {
      const scope = scopeOf(name);
      part.due.set(scope, part.due.score(scope) ?? this.#store.clock.now());
      part.marks.set(scope, part.mark);
    }
  }

  async claim(part: number): Promise<Watch> {
    const now = Math.max(this.#store.clock.now(), this.#clock.now());
    const held = this.#partOf(part);
    held.fence = Math.max(held.fence + 1, Math.round(1_000 * now));
    return { part, fence: held.fence };
  }

  async waiting(watch: Watch, most: number): Promise<readonly Waiting[]> {
    const { due, marks } = this.#held(watch);
    return due
      .between(Number.NEGATIVE_INFINITY, this.#store.clock.now())
      .slice(0, most)
      .map(({ member }) => ({ name: historyOf(member), mark: String(marks.get(member)) }));
  }

  async postpone(watch: Watch, { name }: Waiting, pause: number): Promise<void> {
    const { due } = this.#held(watch);
    if (due.score(scopeOf(name)) !== undefined) due.set(scopeOf(name), this.#store.clock.now() + pause);
  }

  async takeUp({ fence }: Watch, name: HistoryName): Promise<Position | undefined> {
    const counters = this.#store.counters.get(scopeOf(name));
    if (counters?.announced === undefined) return undefined;
    if ((counters.announcer ?? 0) > fence) throw new Fenced(counters.announcer);
    counters.announcer = fence;
    return { epoch: counters.epoch, offset: counters.announced };
  }

  async advance({ fence }: Watch, name: HistoryName, { epoch, offset }: Position, to: number): Promise<void> {
    const counters = this.#store.counters.get(scopeOf(name));
    const isOwn = (known: HistoryCounters): boolean => known.epoch === epoch && known.announcer === fence;
    if (counters === undefined || !isOwn(counters)) throw new Fenced();
    if (counters.announced === to) return;
    if (counters.announced !== offset) throw new Fenced();
    counters.announced = to;
  }

  async settle(watch: Watch, { name, mark }: Waiting): Promise<void> {
    const { due, marks } = this.#held(watch);
    const scope = scopeOf(name);
    if (String(marks.get(scope)) !== mark) return;
    due.delete(scope);
    marks.delete(scope);
  }

  async age(): Promise<number> {
    const firsts = [...this.#store.backlog.values()].flatMap(({ due }) => {
      const [first] = due.between(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
      return first === undefined ? [] : [this.#store.clock.now() - first.score];
    });
    return Math.max(0, ...firsts);
  }

  /** @throws Fenced where a later watch has begun. */
  #held({ part, fence }: Watch): BacklogPart {
    const held = this.#partOf(part);
    if (held.fence !== fence) throw new Fenced();
    return held;
  }

  #partOf(part: number): BacklogPart {
    const held = this.#store.backlog.get(part) ?? { fence: 0, mark: 0, due: new SortedSet(), marks: new Map() };
    this.#store.backlog.set(part, held);
    return held;
  }
}
