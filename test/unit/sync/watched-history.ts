import { MemoryHistory } from '../../../lib/memory/history.ts';
import type { Broadcast, Recorded } from '../../../lib/ports/broadcast.ts';
import type { Turn } from '../../../lib/ports/turn.ts';

/** A history that shows what was appended to it, and fails as often as it is told to. */
export class WatchedHistory extends MemoryHistory {
  readonly appended: Broadcast[] = [];
  /** Failures to throw, one per call, before calls succeed. */
  readonly failures: Error[] = [];

  override async append(broadcasts: readonly Broadcast[], turn?: Turn): Promise<readonly Recorded[]> {
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    const recorded = await super.append(broadcasts, turn);
    for (const each of recorded) {
      const places = 'at' in each ? [each.at] : [...each.atUser.values()];
      for (const { duplicate } of places) if (!duplicate) this.appended.push(each.broadcast);
    }
    return recorded;
  }
}
