import { expect, it } from 'vitest';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { MemoryPast } from '../../../lib/memory/past.ts';
import { MemoryStore } from '../../../lib/memory/store.ts';
import { notePast } from '../../../lib/sync/note-past.ts';
import { metricsJson } from '../../../lib/telemetry/metrics/json.ts';
import { readingsOf } from '../../../lib/telemetry/metrics/series.ts';

const SECOND = 1_000;

it('[O-16] keeps by how much counters grew, and how things were, a point each ten seconds', async () => {
  const clock = new ManualClock();
  const past = new MemoryPast(new MemoryStore(clock));
  const note = (numbers: Readonly<Record<string, number>>) =>
    notePast(past, clock, () => metricsJson(readingsOf(new Map(Object.entries(numbers)))));
  const began = clock.now();
  await note({ events_appended: 100, connections: 2 });
  await clock.sleep(5 * SECOND);
  await note({ events_appended: 900, connections: 9 });
  await clock.sleep(5 * SECOND);
  await note({ events_appended: 150, connections: 3 });
  const [first, second, ...more] = await past.points();
  expect(more).toEqual([]);
  // Nobody knows yet by how much it grows.
  expect(first?.values).not.toHaveProperty('appended');
  expect(first).toMatchObject({ at: began, values: { connections: 2 } });
  expect(second).toMatchObject({ at: began + 10 * SECOND, values: { connections: 3, appended: 5 } });
});
