import { describe, expect, it } from 'vitest';
import { itInTime, type StoreKind } from '../store.ts';

const MINUTE = 60_000;

/** What {@link Scratch} promises of cursors. */
export const cursorsContract = (kind: StoreKind): void => {
  describe(`cursors (${kind.name})`, () => {
    it('[R-8] keeps a cursor for its user alone, however often it is asked for', async () => {
      const store = await kind.open();
      const { scratch } = store.adapters();
      const name = await scratch.saveCursor('alice', 'content');
      expect(await scratch.loadCursor('alice', name)).toBe('content');
      expect(await store.adapters().scratch.loadCursor('alice', name)).toBe('content');
      expect(await scratch.loadCursor('bob', name)).toBeUndefined();
      for (const made of ['', '*', `${name}x`, `${name}\n`]) {
        expect(await scratch.loadCursor('alice', made)).toBeUndefined();
      }
    });

    it('[R-8] gives each a name of its own', async () => {
      const { scratch } = (await kind.open()).adapters();
      const names = await Promise.all(Array.from({ length: 100 }, (_, i) => scratch.saveCursor('alice', `${i}`)));
      expect(new Set(names).size).toBe(100);
      expect(await Promise.all(names.map((name) => scratch.loadCursor('alice', name)))).toEqual(
        names.map((_, i) => `${i}`),
      );
    });

    it('[R-8] keeps 16 MiB of a user’s cursors, the newest, whatever other users keep', async () => {
      const { scratch } = (await kind.open()).adapters();
      const large = 'x'.repeat(2 ** 20);
      const first = await scratch.saveCursor('alice', 'small');
      const others = await scratch.saveCursor('bob', 'of another');
      const names: string[] = [];
      for (let i = 0; i < 20; i++) names.push(await scratch.saveCursor('alice', `${i} ${large}`));
      const found = await Promise.all([first, ...names].map((name) => scratch.loadCursor('alice', name)));
      const kept = found.map((content) => content?.split(' ')[0]);
      // Fifteen of a megabyte and a little have room.
      expect(kept).toEqual([...Array(6).fill(undefined), ...Array.from({ length: 15 }, (_, i) => `${i + 5}`)]);
      expect(await scratch.loadCursor('bob', others)).toBe('of another');
      const enormous = await scratch.saveCursor('bob', `all ${large.repeat(17)}`);
      expect((await scratch.loadCursor('bob', enormous))?.slice(0, 3)).toBe('all');
      expect(await scratch.loadCursor('bob', others)).toBeUndefined();
    });

    itInTime(kind, '[R-8] keeps a cursor for ten minutes', async () => {
      const store = await kind.open();
      const { scratch } = store.adapters();
      const name = await scratch.saveCursor('alice', 'content');
      await store.pass(10 * MINUTE - 1);
      expect(await scratch.loadCursor('alice', name)).toBe('content');
      await store.pass(1);
      expect(await scratch.loadCursor('alice', name)).toBeUndefined();
    });

    it('[R-8] keeps what several share for its user alone, too', async () => {
      const { scratch } = (await kind.open()).adapters();
      const name = await scratch.saveCursor('alice', 'shared');
      expect(await scratch.loadSharedCursor('alice', name)).toBe('shared');
      expect(await scratch.loadSharedCursor('bob', name)).toBeUndefined();
      expect(await scratch.loadSharedCursor('alice', '*')).toBeUndefined();
    });

    itInTime(kind, '[R-8] keeps what several share for as long as the last of them', async () => {
      const store = await kind.open();
      const { scratch } = store.adapters();
      const shared = await scratch.saveCursor('alice', 'shared');
      for (let i = 0; i < 5; i++) {
        expect(await scratch.loadSharedCursor('alice', shared)).toBe('shared');
        await store.pass(MINUTE - 1);
        const name = await scratch.saveCursor('alice', 'own');
        await store.pass(10 * MINUTE - 1);
        expect(await scratch.loadCursor('alice', name)).toBe('own');
      }
      await store.pass(12 * MINUTE);
      expect(await scratch.loadSharedCursor('alice', shared)).toBeUndefined();
    });
  });
};
