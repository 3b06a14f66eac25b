import { describe, expect, it } from 'vitest';
import { MemoryHistory } from '../../../lib/memory/history.ts';
import { MemoryMeter } from '../../../lib/memory/meter.ts';
import { MemoryPostings } from '../../../lib/memory/postings.ts';
import { MemoryStore } from '../../../lib/memory/store.ts';
import { event } from '../../unit/sync/world.ts';
import { calmStage } from '../stage/calm-stage.ts';
import { leftBehind } from './left-behind.ts';

const SHARD = 'events.0';

/** A store in which a turn of the shard has appended events of some ids to `a`, and is not finished. */
const left = async (...ids: readonly string[]): Promise<MemoryStore> => {
  const { time } = calmStage();
  const store = new MemoryStore(time);
  const postings = new MemoryPostings(store, time);
  const history = new MemoryHistory(
    store,
    { enabled: true, retention: 60_000, maxEvents: 100 },
    new MemoryMeter(),
    time,
  );
  const { turn } = await postings.claim(SHARD, 0);
  await postings.begin(turn, [{ channel: 'a' }], true);
  await history.append(
    ids.map((id) => event('a', id, { data: JSON.stringify({ id }) })),
    turn,
  );
  return store;
};

describe('a turn that nobody finishes', () => {
  it('leaves behind what it appended, if all of that was published without an id', async () => {
    const store = await left('one', 'two');
    const [{ epoch } = { epoch: '' }] = store.events.get('a') ?? [];
    const bare = new Set(['one', 'two', 'three']);
    expect(leftBehind(store, SHARD, bare)).toEqual(new Set([`a at 1 of ${epoch}`, `a at 2 of ${epoch}`]));
    expect(leftBehind(store, SHARD, new Set(['one']))).toBeUndefined();
  });

  it('leaves nothing behind where it appended nothing, or there is none', async () => {
    expect(leftBehind(await left(), SHARD, new Set())).toEqual(new Set());
    expect(leftBehind(await left('one'), 'events.1', new Set())).toEqual(new Set());
  });
});
