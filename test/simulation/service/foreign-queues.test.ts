import { describe, expect, it } from 'vitest';
import { calmStore, storedEvent } from '../stage/calm-stage.ts';
import { ForeignQueues } from './foreign-queues.ts';

describe('a queue of a back-end', () => {
  const QUEUE = { topics: '#', pattern: '**', isPrivate: false, capacity: 100 };
  const hearing = async (...offsets: readonly number[]): Promise<readonly string[]> => {
    const { stage, store } = calmStore();
    const queues = new ForeignQueues(stage, store, [QUEUE], 100, false);
    for (const offset of offsets) await queues.event({ channel: 'a' }, storedEvent(offset));
    await stage.time.advance(1_000);
    return stage.problems;
  };

  it('may hear again what it has heard', async () => {
    expect(await hearing(1, 2, 1, 2, 3)).toEqual([]);
  });

  it('is not heard to lack anything, also at the beginning', async () => {
    expect(await hearing(1, 3)).toEqual(['way out: queue-1 hears 3 of epoch-1 on a, where 2 is the next']);
    expect(await hearing(2)).toEqual(['way out: queue-1 hears 2 of epoch-1 on a, where 1 is the next']);
  });

  it('has heard all that stands in the history when all is at rest', async () => {
    const { stage, store } = calmStore();
    const queues = new ForeignQueues(stage, store, [QUEUE], 100, false);
    store.counters.set('a', { epoch: 'epoch-1', offset: 2, timestamp: 0, trimmed: undefined }, 1_000_000);
    await queues.event({ channel: 'a' }, storedEvent(1));
    await stage.time.advance(1_000);
    expect(queues.problems([{ channel: 'a' }])).toHaveLength(1);
    await queues.gap({ channel: 'a' }, { epoch: 'epoch-1', from: 2, to: 2 });
    await stage.time.advance(1_000);
    expect(queues.problems([{ channel: 'a' }])).toEqual([]);
  });
});
