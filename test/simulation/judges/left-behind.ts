import type { MemoryStore } from '../../../lib/memory/store.ts';
import { scopeOf } from '../../../lib/ports/scope.ts';
import { type EventName, nameOf } from './owed.ts';
import type { Said } from './said.ts';

/**
 * What the last turn of a shard appended that nobody finished. A function that works on what the broker has handed to another since
 * appends again what has no id. If it is killed then, nothing comes back for which the shard would be taken up. Once no function
 * is handed anything of the shard any more, nobody finishes the turn.
 *
 * @param bare - ids of what was published without one.
 * @returns the events; undefined where any other than these is among them.
 */
export const leftBehind = (
  store: MemoryStore,
  shard: string,
  bare: ReadonlySet<string>,
): ReadonlySet<EventName> | undefined => {
  const unfinished = store.postings.get(shard)?.unfinished;
  const left = (unfinished?.histories ?? []).flatMap((name) => {
    const scope = scopeOf(name);
    const span = store.turns.get(scope)?.spans.get(shard);
    if (span === undefined || span.fence !== unfinished?.fence) return [];
    const events = store.events.get(scope) ?? [];
    return events
      .filter(({ offset }) => offset > span.after && offset <= span.upTo)
      .map((event) => ({ name: nameOf(name, event), isBare: bare.has((JSON.parse(event.data) as Said).id) }));
  });
  return left.every(({ isBare }) => isBare) ? new Set(left.map(({ name }) => name)) : undefined;
};
