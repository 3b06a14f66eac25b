import { expect, it } from 'vitest';
import type { Scratch } from '../../../lib/ports/scratch.ts';
import { loadRest, saveRest } from '../../../lib/sync/replay/cursor.ts';

/** What is kept, by its name. */
const keeping = () => {
  const kept = new Map<string, string>();
  const load = async (_: string, name: string) => kept.get(name);
  const scratch = {
    saveCursor: async (_: string, text: string) => {
      const name = `n${kept.size}`;
      kept.set(name, text);
      return name;
    },
    loadCursor: load,
    loadSharedCursor: load,
  } as unknown as Scratch;
  return { kept, scratch };
};

const restOf = (count: number) => ({
  state: { texts: Array.from({ length: count }, (_, n) => `room:${n}`), behind: 'room:7' },
  time: 1,
});

it('what is short is kept as it is, in one piece, which earlier versions read', async () => {
  const { kept, scratch } = keeping();
  const rest = restOf(10);
  const cursor = await saveRest(scratch, 'alice', rest);
  expect([...kept]).toEqual([[cursor, JSON.stringify(rest)]]);
  expect(await loadRest(scratch, 'alice', cursor)).toEqual({ rest, asked: undefined });
});

it('what is long is kept packed, once for all answers, and the place beside it as it is', async () => {
  const { kept, scratch } = keeping();
  const rest = restOf(1_000);
  const cursor = await saveRest(scratch, 'alice', rest);
  const [place, asked] = [...kept.values()] as [string, string];
  expect(JSON.parse(place)).toEqual({ state: { behind: 'room:7' }, time: 1 });
  expect(asked.length).toBeLessThan(JSON.stringify(rest.state.texts).length / 2);
  const loaded = await loadRest(scratch, 'alice', cursor);
  expect(loaded.rest).toEqual(rest);
  const further = { ...rest, state: { ...rest.state, behind: 'room:8' } };
  const next = await saveRest(scratch, 'alice', further, loaded.asked);
  expect(kept.size).toBe(3);
  expect((await loadRest(scratch, 'alice', next)).rest).toEqual(further);
});
