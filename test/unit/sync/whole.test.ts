import { expect, it } from 'vitest';
import { wholeOf } from '../../../lib/sync/replay/whole.ts';
import { event } from './world.ts';
import { fanningWorld } from './worlds.ts';

it('reads what stands apart from an event at its very place, and nothing for one that is gone from there', async () => {
  const { history } = fanningWorld();
  const name = { channel: 'a' };
  await history.append(['1', '2', '3', '4'].map((id) => event('a', id, { data: `"${id}"` })));
  const from = { after: { epoch: 'e', offset: 0 } };
  const [page] = await history.read([{ name, from, most: 4, bytes: 1_000 }], {});
  const kept = page?.events ?? [];
  const replayed = kept.map((each) => ({ name, event: { ...each, data: '', apart: 3 }, isOmitted: false }));
  const gone = replayed.map((each) => ({ ...each, event: { ...each.event, epoch: 'of before' } }));
  expect((await wholeOf(history, replayed, 1_000)).map((each) => each?.data)).toEqual(['"1"', '"2"', '"3"', '"4"']);
  expect(await wholeOf(history, gone, 1_000)).toEqual([undefined, undefined, undefined, undefined]);
});

it('reads each of them alone, with room for itself', async () => {
  const { history } = fanningWorld();
  const asked: unknown[] = [];
  const watched: typeof history = Object.create(history, {
    read: {
      value: async (requests: readonly object[]) => {
        asked.push(...requests);
        return [];
      },
    },
  });
  const [recorded] = await history.append([event('a', '1')]);
  const { epoch, offset } = (recorded as { at: { epoch: string; offset: number } }).at;
  const kept = { ...event('a', '1'), epoch, offset, timestamp: 1, apart: 7 };
  await wholeOf(watched, [{ name: { channel: 'a' }, event: kept as never }], 1_000);
  const from = { after: { epoch, offset: offset - 1 } };
  expect(asked).toEqual([{ name: { channel: 'a' }, from, most: 1, bytes: 7 }]);
});
