/** What can happen to the histories of a store. */

import type { MemoryStore } from '../../lib/memory/store.ts';
import type { HistoryName } from '../../lib/ports/history.ts';
import { scopeOf } from '../../lib/ports/scope.ts';

/** Cuts the events of a history up to an offset. */
export const trim = ({ counters, events }: MemoryStore, name: HistoryName, upTo: number): void => {
  const kept = events.get(scopeOf(name)) ?? [];
  const cut = kept.splice(0, kept.filter(({ offset }) => offset <= upTo).length);
  const counted = counters.get(scopeOf(name));
  if (counted !== undefined) counted.trimmed = cut.at(-1)?.timestamp ?? counted.trimmed;
};

/** Milliseconds for which the counters of a history that was lost are kept: for longer than any test. */
const KEPT = 30 * 86_400_000;

/** Loses a history: counting begins anew, in another epoch. */
export const lose = ({ counters, events, ids, turns, newName }: MemoryStore, name: HistoryName): void => {
  const scope = scopeOf(name);
  const epoch = counters.get(scope)?.epoch ?? newName('epoch');
  for (const each of [counters, events, ids, turns]) each.delete(scope);
  // Of private events nothing is known again until there are some.
  if (name.user !== undefined) return;
  counters.set(scope, { epoch: `${epoch}'`, offset: 0, timestamp: 0, trimmed: undefined }, KEPT);
};

/** Loses what a history holds behind an offset, and remembers nothing of it, within one epoch. */
export const setBack = ({ counters, events, ids, turns }: MemoryStore, name: HistoryName, to: number): void => {
  const scope = scopeOf(name);
  const counted = counters.get(scope);
  if (counted === undefined || counted.offset <= to) return;
  const kept = events.get(scope) ?? [];
  kept.splice(kept.filter(({ offset }) => offset <= to).length);
  counted.offset = to;
  turns.delete(scope);
  counted.timestamp = kept.at(-1)?.timestamp ?? 0;
  for (const [id, { offset }] of ids.get(scope) ?? []) if (offset > to) ids.get(scope)?.delete(id);
};
