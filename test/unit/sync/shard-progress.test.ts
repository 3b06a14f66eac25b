import { expect, it } from 'vitest';
import type { ShardProgress } from '../../../lib/ports/health.ts';
import { judgeShards, progressOf, type ShardState } from '../../../lib/sync/shard-progress.ts';

const SECOND = 1_000;
const state = (told: Partial<ShardState> = {}): ShardState => ({
  ...{ queue: 'events.2', depth: 0, steps: 7, redelivered: 0, lag: 0 },
  ...told,
});

/** Looks at a shard again and again. @returns what is said of it at the last look. */
const watch = (...looks: readonly (readonly [at: number, told: Partial<ShardState>])[]): string | undefined => {
  let before: ShardProgress | undefined;
  let said: string | undefined;
  for (const [at, told] of looks) {
    before = progressOf(before, state(told), at);
    try {
      said = judgeShards([state(told)], { 'events.2': before }, at);
    } catch (error) {
      said = `not able: ${(error as Error).message}`;
    }
  }
  return said;
};

it('[O-6] a shard in which messages wait for half a minute without a batch finished does not work', () => {
  const stands = { depth: 3 };
  expect(watch([0, stands], [20 * SECOND, stands])).toBeUndefined();
  expect(watch([0, stands], [20 * SECOND, stands], [30 * SECOND, stands])).toBe(
    'not able: Messages wait in events.2, which has stood still for 30 s',
  );
  // Looked at once a minute.
  expect(watch([0, stands], [60 * SECOND, stands])).toContain('not able');
});

it('[O-6] a shard whose one batch comes back again and again does not work, though nothing lies in its queue', () => {
  expect(
    watch(
      [0, {}],
      [10 * SECOND, { redelivered: 5 }],
      [30 * SECOND, { redelivered: 10 }],
      [40 * SECOND, { redelivered: 15 }],
    ),
  ).toBe('not able: Messages wait in events.2, which has stood still for 30 s');
});

it('[O-6] a shard without messages works, however long it has finished nothing', () => {
  expect(watch([0, {}], [600 * SECOND, {}])).toBeUndefined();
  // What came back was finished since.
  expect(
    watch([0, {}], [10 * SECOND, { redelivered: 5, steps: 8 }], [600 * SECOND, { redelivered: 5, steps: 8 }]),
  ).toBe(undefined);
  // It stood still, and then was emptied.
  expect(watch([0, { depth: 3 }], [600 * SECOND, {}], [700 * SECOND, {}])).toBeUndefined();
});

it('[O-6] a backlog that moves degrades the service, and is no standstill however long it lasts', () => {
  const looks = Array.from(
    { length: 20 },
    (_, i) => [i * 10 * SECOND, { depth: 9_000 - i, steps: i, lag: 42_000 }] as const,
  );
  expect(watch(...looks)).toBe('Events are 42 s late in events.2, which moves');
  // What is quick enough is no backlog, whatever lies there at the moment.
  expect(watch(...looks.map(([at, told]) => [at, { ...told, lag: 900 }] as const))).toBeUndefined();
});

it('begins anew where the counters were lost', () => {
  expect(
    watch([0, { steps: 900, redelivered: 30, depth: 1 }], [60 * SECOND, { steps: 0, redelivered: 0, depth: 1 }]),
  ).toBe(undefined);
});

it.each([
  [0, undefined],
  [1, 7],
])('of a shard in which %i messages wait it is known since when: %s', (depth, since) => {
  const first = progressOf(undefined, state({ depth }), 7);
  expect(first).toEqual({ steps: 7, redelivered: 0, since });
  const stands = progressOf(first, state({ depth }), 9);
  expect(stands.since).toBe(since);
  expect(progressOf(stands, state({ depth, steps: 8 }), 11).since).toBe(depth === 0 ? undefined : 11);
});

it.each([
  [29_999, undefined],
  [30_000, 'Messages wait in events.2, which has stood still for 30 s'],
])('[O-6] a shard that has stood still for %i ms: %s', (now, why) => {
  const judge = () => judgeShards([state({ depth: 1 })], { 'events.2': { steps: 7, redelivered: 0, since: 0 } }, now);
  if (why === undefined) expect(judge()).toBeUndefined();
  else expect(judge).toThrow(why);
});
