import { MemoryBacklog } from '../../../lib/memory/backlog.ts';
import type { MemoryStore } from '../../../lib/memory/store.ts';
import type { Announcer } from '../../../lib/ports/announcer.ts';
import type { Waiting, Watch } from '../../../lib/ports/backlog.ts';
import type { HistoryName } from '../../../lib/ports/history.ts';
import { scopeOf } from '../../../lib/ports/scope.ts';
import type { Position } from '../../../lib/protocol/position.ts';
import type { Environment, Stage } from '../stage/environment.ts';
import { idle } from '../stage/idle.ts';

/** Milliseconds for which a worker may go on publishing by what it knew of its watch. */
const CONFIRMED_FOR = 1_500;

/** Milliseconds that what it asks then takes. */
const ASKING = 20;

/** A worker took a history up. */
interface TakenUp {
  readonly fence: number;
  /** Milliseconds since the plan began. */
  readonly at: number;
}

/** Judges whether who was frozen publishes beside the one that goes on (W-7). */
export class OneAtATime {
  readonly #stage: Stage;
  readonly #holders = new Map<string, TakenUp>();
  readonly #own = new Map<string, number>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  takenUp({ name }: Environment, { fence }: Watch, history: HistoryName): void {
    const scope = scopeOf(history);
    this.#own.set(`${name} ${scope}`, fence);
    if (fence > (this.#holders.get(scope)?.fence ?? 0))
      this.#holders.set(scope, { fence, at: this.#stage.time.elapsed() });
  }

  publishes({ name, thawed }: Environment, history: HistoryName): void {
    const scope = scopeOf(history);
    const holder = this.#holders.get(scope);
    const now = this.#stage.time.elapsed();
    if (holder === undefined || holder.fence <= (this.#own.get(`${name} ${scope}`) ?? 0)) return;
    // What it was told as it stood still it takes for new.
    if (now - holder.at <= CONFIRMED_FOR + ASKING || now <= thawed) return;
    this.#stage.problems.push(`way out: ${name} publishes beside who has taken ${history.channel} up since`);
  }
}

/** What is to be announced, as one environment sees it. Where nothing is, whoever asks is answered once something is. */
export class WatchedBacklog extends MemoryBacklog {
  readonly #stage: Stage;
  readonly #store: MemoryStore;
  readonly #here: Environment;
  readonly #turns: OneAtATime;
  /** When nobody looks any more, milliseconds since the plan began. */
  until = 0;

  constructor(stage: Stage, store: MemoryStore, here: Environment, turns: OneAtATime) {
    super(store, here.clock);
    this.#stage = stage;
    this.#store = store;
    this.#here = here;
    this.#turns = turns;
  }

  override async waiting(watch: Watch, most: number): Promise<readonly Waiting[]> {
    const found = await super.waiting(watch, most);
    if (found.length > 0) return found;
    const dueIn = (): number => {
      const part = this.#store.backlog.get(watch.part);
      if (part?.fence !== watch.fence) return 0;
      if (part.due.size === 0) return Number.POSITIVE_INFINITY;
      const [first] = part.due.between(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
      return Math.max(0, (first?.score ?? 0) - this.#store.clock.now());
    };
    await idle(this.#stage, dueIn, this.until);
    return super.waiting(watch, most);
  }

  override async takeUp(watch: Watch, name: HistoryName): Promise<Position | undefined> {
    const cursor = await super.takeUp(watch, name);
    if (cursor !== undefined) this.#turns.takenUp(this.#here, watch, name);
    return cursor;
  }
}

/** An announcer that is judged as it is called. */
export const judged = (announcer: Announcer, here: Environment, turns: OneAtATime): Announcer => ({
  event: (name, event) => {
    turns.publishes(here, name);
    return announcer.event(name, event);
  },
  gap: (name, gap) => {
    turns.publishes(here, name);
    return announcer.gap(name, gap);
  },
});
