import { describe, expect, it } from 'vitest';
import { event } from '../../unit/sync/world.ts';
import type { StoreKind } from '../store.ts';
import { at, ids, reading } from './reading.ts';

/** Where histories stand. */
export const positionsContract = (kind: StoreKind): void => {
  describe(`the history (${kind.name})`, () => {
    it('[S-2] says where channels stand, and under which epoch one begins that holds nothing', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const [, last] = await history.append([event('a', '1'), event('a', '2')]);
      const { positions, time } = await history.positions(['a', 'new', '__proto__'], undefined, true);
      expect(positions['a']).toEqual({ offset: 2, epoch: at(last).epoch });
      expect(Object.keys(positions)).toEqual(['a', 'new', '__proto__']);
      expect(Math.abs(time - store.now())).toBeLessThan(5_000);
      // To whoever asks, and in whichever process.
      expect((await store.adapters().history.positions(['new'], undefined, true)).positions).toEqual({
        new: positions['new'],
      });
      expect((await history.positions(['new'])).positions['new']).toEqual(positions['new']);
      const epoch = positions['new']?.epoch as string;
      const read = reading(history);
      expect(await read('new', { after: { offset: 0, epoch } })).toEqual({
        events: [],
        read: { offset: 0, epoch },
        more: false,
        missing: false,
      });
      for (const foreign of [
        { offset: 1, epoch },
        { offset: 0, epoch: 'another' },
      ]) {
        expect(await read('new', { after: foreign })).toMatchObject({ read: { offset: 0, epoch }, missing: true });
      }
      const [first] = await history.append([event('new', '1')]);
      expect(at(first)).toMatchObject({ offset: 1, epoch });
      const page = await read('new', { after: { offset: 0, epoch } });
      expect([ids(page), page.missing]).toEqual([['1'], false]);
    });

    it('gives the private positions of a user beside, where there are any', async () => {
      const { history } = (await kind.open()).adapters();
      await history.append([event('a', '1', { targetUsers: ['alice'] })]);
      const of = async (user: string) => (await history.positions(['a', 'b'], user)).positions;
      expect(await of('alice')).toMatchObject({ a: { offset: 0, private: { offset: 1 } }, b: { offset: 0 } });
      expect((await of('alice'))['b']).not.toHaveProperty('private');
      expect((await of('bob'))['a']).not.toHaveProperty('private');
    });

    it('[S-9] gives the latest event of a history, and none of one that has none', async () => {
      const { history } = (await kind.open()).adapters();
      await history.append([event('a', '1'), event('a', '2')]);
      const read = reading(history);
      expect(ids(await read('a', 'latest', 10))).toEqual(['2']);
      expect(await read('never', 'latest')).toMatchObject({ events: [], more: false, missing: false });
    });

    it('[R-5] a position of another epoch, or beyond the newest, is missing something', async () => {
      const { history } = (await kind.open()).adapters();
      const [, last] = await history.append([event('a', '1'), event('a', '2')]);
      const read = reading(history);
      const { epoch } = at(last);
      const other = await read('a', { after: { offset: 1, epoch: 'other' } });
      expect(other).toMatchObject({ missing: true, read: { offset: 2, epoch } });
      expect(ids(other)).toEqual(['1', '2']);
      const beyond = await read('a', { after: { offset: 7, epoch } });
      expect(beyond).toMatchObject({ events: [], missing: true, more: false, read: { offset: 2, epoch } });
    });
  });
};
