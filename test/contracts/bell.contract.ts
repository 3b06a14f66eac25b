import { describe, expect, it, vi } from 'vitest';
import type { StoreKind } from './store.ts';

/** What {@link Bell} promises. */
export const bellContract = (kind: StoreKind): void => {
  describe(`the bell (${kind.name})`, () => {
    it('tells all that listen, in any process, which channels were appended to', async () => {
      const store = await kind.open();
      const [one, other] = [store.adapters().bell, store.adapters().bell];
      const heard: unknown[] = [];
      const onRing = (channels: readonly string[] | undefined): void => void heard.push(channels);
      const ends = [await one.listen(onRing), await one.listen(onRing), await other.listen(onRing)];
      one.ring([]);
      one.ring(['a:b', 'ü.c']);
      await vi.waitFor(() =>
        expect(heard).toEqual([
          ['a:b', 'ü.c'],
          ['a:b', 'ü.c'],
          ['a:b', 'ü.c'],
        ]),
      );
      ends[0]?.();
      ends[2]?.();
      other.ring(['d']);
      await vi.waitFor(() => expect(heard.slice(3)).toEqual([['d']]));
      ends[1]?.();
    });

    it('says that it may be any channel, or each, where there are many', async () => {
      const { bell } = (await kind.open()).adapters();
      const heard: unknown[] = [];
      const end = await bell.listen((channels) => heard.push(channels));
      const many = Array.from({ length: 1_000 }, (_, i) => `channel:${i}`);
      bell.ring(many);
      await vi.waitFor(() => expect(heard).toHaveLength(1));
      expect([undefined, many]).toContainEqual(heard[0]);
      end();
    });

    it('can be listened to again after nobody listened', async () => {
      const { bell } = (await kind.open()).adapters();
      const end = await bell.listen(() => undefined);
      end();
      bell.ring(['nobody']);
      const heard: unknown[] = [];
      const endAgain = await bell.listen((channels) => heard.push(channels));
      bell.ring(['a']);
      await vi.waitFor(() => expect(heard).toContainEqual(['a']));
      endAgain();
    });
  });
};
