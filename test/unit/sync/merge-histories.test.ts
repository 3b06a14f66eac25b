import { expect, it } from 'vitest';
import { MemoryHistory } from '../../../lib/memory/history.ts';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { MemoryMeter } from '../../../lib/memory/meter.ts';
import { MemoryStore } from '../../../lib/memory/store.ts';
import type { History } from '../../../lib/ports/history.ts';
import { mergeHistories } from '../../../lib/sync/replay/merge.ts';

const KEPT = { enabled: true, retention: 60_000, maxEvents: 1_000 };

it.each([
  { sources: 1, limit: 100, most: 100 },
  { sources: 10, limit: 100, most: 20 },
  { sources: 100, limit: 100, most: 2 },
  { sources: 1_000, limit: 100, most: 2 },
])('reads at first $most events of each of $sources histories for $limit of all', async ({ sources, limit, most }) => {
  const clock = new ManualClock();
  const history = new MemoryHistory(new MemoryStore(clock), KEPT, new MemoryMeter(), clock);
  const asked: Parameters<History['read']>[0][number][] = [];
  const read: History['read'] = (requests, filter) => {
    asked.push(...requests);
    return history.read(requests, filter);
  };
  const names = Array.from({ length: sources }, (_, n) => ({ name: { channel: `c${n}` }, from: { since: 0 } }));
  const watched = new Proxy(history, {
    get: (target, member) => (member === 'read' ? read : Reflect.get(target, member)),
  });
  await mergeHistories(watched, names, {}, limit, Number.POSITIVE_INFINITY);
  expect(new Set(asked.map((request) => request.most))).toEqual(new Set([most]));
});
