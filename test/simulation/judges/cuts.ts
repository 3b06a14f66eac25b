import type { Gap } from '../../../client/src/gap.ts';
import type { MemoryStore } from '../../../lib/memory/store.ts';
import type { HistoryName } from '../../../lib/ports/history.ts';
import { scopeOf } from '../../../lib/ports/scope.ts';
import { UNCUT } from '../plans/plan.ts';

/** Whether what is said to be missing was cut: histories keep so many events in a few plans, and no more. */
export class Cuts {
  readonly #store: MemoryStore;
  /** Whether histories are cut at all. */
  readonly areMade: boolean;

  /** @param maxEvents - that a history keeps. */
  constructor(store: MemoryStore, maxEvents: number) {
    this.#store = store;
    this.areMade = maxEvents < UNCUT;
  }

  /** Whether a history kept none of these offsets any more. */
  hasCut(name: HistoryName, epoch: string, to: number): boolean {
    const scope = scopeOf(name);
    const counters = this.#store.counters.get(scope);
    if (!this.areMade || counters?.epoch !== epoch) return false;
    const [oldest] = this.#store.events.get(scope) ?? [];
    return to < (oldest?.offset ?? counters.offset + 1);
  }

  /** Whether what the library tells a user of is so. */
  explains(user: string, { channel, private: mine, reason, epoch, to }: Gap): boolean {
    if (reason !== 'trimmed' || channel === undefined || epoch === undefined || to === undefined) return false;
    return this.hasCut(mine ? { channel, user } : { channel }, epoch, to);
  }
}
