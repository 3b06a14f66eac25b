import { MemoryHistory } from '../../lib/memory/history.ts';
import type { Broadcast, Recorded } from '../../lib/ports/broadcast.ts';
import type { Turn } from '../../lib/ports/turn.ts';
import type { TestEvent } from './types.ts';

/** A history that keeps a list of what was appended to it. */
export class RecordedHistory extends MemoryHistory {
  /** In order. What came again is in it once. */
  readonly events: TestEvent[] = [];

  override async append(broadcasts: readonly Broadcast[], turn?: Turn): Promise<readonly Recorded[]> {
    const recorded = await super.append(broadcasts, turn);
    for (const each of recorded) {
      const { id, channel, data, userId: user, category, priority } = each.broadcast;
      const places = 'at' in each ? [[undefined, each.at] as const] : [...each.atUser];
      for (const [to, { duplicate, ...at }] of places) {
        if (duplicate) continue;
        this.events.push({
          ...{ id, channel: channel.text, data: JSON.parse(data), user, to },
          category,
          priority,
          ...at,
        });
      }
    }
    return recorded;
  }
}
