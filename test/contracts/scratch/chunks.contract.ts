import { describe, expect, it } from 'vitest';
import type { Chunk } from '../../../lib/protocol/messages/wrapping.ts';
import { chunked } from '../../frames.ts';
import { itInTime, type StoreKind } from '../store.ts';

/** Bytes of a message in these tests. */
export const MOST = 2 ** 20;

export const chunk = (id: string, index: number, total: number, data: string): Chunk => ({
  type: 'chunk',
  requestId: undefined,
  id,
  index,
  total,
  data,
});

/** A text in chunks. */
export const cut = (text: string, id: string): Chunk[] => chunked(text, id).map((frame) => JSON.parse(frame) as Chunk);

/** What {@link Scratch} promises of chunks. */
export const chunksContract = (kind: StoreKind): void => {
  describe(`messages in chunks (${kind.name})`, () => {
    it('[Z-1] pieces that come at once and in any order are handed out whole, once', async () => {
      const store = await kind.open();
      const assemblies = [store.adapters().scratch, store.adapters().scratch];
      const text = `"é${'😀"\\x'.repeat(60_000)}"`;
      const pieces = cut(text, 'k').sort((a, b) => ((a.index * 7) % 5) - ((b.index * 7) % 5));
      expect(pieces.length).toBeGreaterThan(10);
      const outcomes = await Promise.all(pieces.map((piece, i) => assemblies[i % 2]?.addChunk('A', piece, MOST)));
      expect(outcomes.filter((outcome) => outcome !== 'incomplete')).toEqual([{ whole: text }]);
    });

    it('[Z-1] a message of one piece is whole at once', async () => {
      const { scratch } = (await kind.open()).adapters();
      expect(await scratch.addChunk('A', chunk('k', 0, 1, 'all'), MOST)).toEqual({ whole: 'all' });
    });

    it('[Z-1] a piece may be empty, and may end within a character', async () => {
      const { scratch } = (await kind.open()).adapters();
      expect(await scratch.addChunk('A', chunk('k', 1, 2, ''), MOST)).toBe('incomplete');
      expect(await scratch.addChunk('A', chunk('k', 0, 2, 'a'), MOST)).toEqual({ whole: 'a' });
      const smile = '"😀"';
      expect(await scratch.addChunk('A', chunk('s', 0, 2, smile.slice(0, 2)), MOST)).toBe('incomplete');
      expect(await scratch.addChunk('A', chunk('s', 1, 2, smile.slice(2)), MOST)).toEqual({ whole: smile });
    });

    it('[Z-1] messages of one connection, and the same id of two, are kept apart', async () => {
      const { scratch } = (await kind.open()).adapters();
      expect(await scratch.addChunk('A', chunk('k', 0, 2, 'a'), MOST)).toBe('incomplete');
      expect(await scratch.addChunk('B', chunk('k', 1, 2, 'y'), MOST)).toBe('incomplete');
      expect(await scratch.addChunk('A', chunk('k:1', 1, 2, 'd'), MOST)).toBe('incomplete');
      expect(await scratch.addChunk('A', chunk('k', 1, 2, 'b'), MOST)).toEqual({ whole: 'ab' });
      expect(await scratch.addChunk('A', chunk('k:1', 0, 2, 'c'), MOST)).toEqual({ whole: 'cd' });
      expect(await scratch.addChunk('B', chunk('k', 0, 2, 'x'), MOST)).toEqual({ whole: 'xy' });
    });

    it('[Z-1] a piece that comes again changes nothing; one of another total is refused', async () => {
      const { scratch } = (await kind.open()).adapters();
      await scratch.addChunk('A', chunk('k', 0, 2, 'a'), MOST);
      expect(await scratch.addChunk('A', chunk('k', 0, 2, 'z'), MOST)).toBe('incomplete');
      expect(await scratch.addChunk('A', chunk('k', 1, 3, 'b'), MOST)).toBe('other-total');
      expect(await scratch.addChunk('A', chunk('k', 1, 2, 'b'), MOST)).toEqual({ whole: 'ab' });
    });

    it('[Z-2] what is under way is bounded: bytes of a message, bytes and messages of a connection', async () => {
      const { scratch } = (await kind.open()).adapters();
      expect(await scratch.addChunk('A', chunk('large', 0, 3, 'x'.repeat(60)), 100)).toBe('incomplete');
      expect(await scratch.addChunk('A', chunk('large', 1, 3, 'é'.repeat(30)), 100)).toBe('too-large');
      for (const id of ['a', 'b'])
        expect(await scratch.addChunk('A', chunk(id, 0, 2, 'x'.repeat(90)), 100)).toBe('incomplete');
      expect(await scratch.addChunk('A', chunk('c', 0, 2, 'x'.repeat(30)), 100)).toBe('too-many');
      expect(await scratch.addChunk('A', chunk('a', 1, 2, 'y'), 100)).toEqual({ whole: `${'x'.repeat(90)}y` });
      expect(await scratch.addChunk('A', chunk('c', 0, 2, 'x'.repeat(30)), 100)).toBe('incomplete');

      for (let i = 0; i < 8; i++) expect(await scratch.addChunk('B', chunk(`${i}`, 0, 2, 'x'), 100)).toBe('incomplete');
      expect(await scratch.addChunk('B', chunk('8', 0, 2, 'x'), 100)).toBe('too-many');
      expect(await scratch.addChunk('B', chunk('3', 1, 2, 'y'), 100)).toEqual({ whole: 'xy' });
    });

    itInTime(
      kind,
      '[Z-2] an unfinished message is forgotten a minute after its latest piece, and makes room',
      async () => {
        const store = await kind.open();
        const { scratch } = store.adapters();
        for (let i = 0; i < 8; i++) await scratch.addChunk('A', chunk(`${i}`, 0, 3, 'x'), 100);
        await store.pass(40_000);
        await scratch.addChunk('A', chunk('0', 1, 3, 'y'), 100);
        await store.pass(40_000);
        // Of one alone a later piece came.
        for (let i = 0; i < 7; i++)
          expect(await scratch.addChunk('A', chunk(`new ${i}`, 0, 2, 'x'), 100)).toBe('incomplete');
        expect(await scratch.addChunk('A', chunk('one more', 0, 2, 'x'), 100)).toBe('too-many');
        expect(await scratch.addChunk('A', chunk('0', 2, 3, 'z'), 100)).toEqual({ whole: 'xyz' });
        expect(await scratch.addChunk('A', chunk('1', 1, 3, 'y'), 100)).toBe('incomplete');
      },
    );

    itInTime(
      kind,
      '[Z-2] however many pieces come of it, an unfinished message is forgotten after ten minutes',
      async () => {
        const store = await kind.open();
        const { scratch } = store.adapters();
        for (let i = 0; i < 13; i++) {
          await scratch.addChunk('A', chunk('a', i, 20, 'x'), 100);
          await store.pass(50_000);
        }
        // It began anew then.
        for (let i = 13; i < 19; i++)
          expect(await scratch.addChunk('A', chunk('a', i, 20, 'x'), 100)).toBe('incomplete');
        expect(await scratch.addChunk('A', chunk('a', 19, 20, 'x'), 100)).toBe('incomplete');
      },
    );
  });
};
