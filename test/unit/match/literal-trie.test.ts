import { queryObjects } from 'node:v8';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LiteralTrie } from '../../../lib/sync/match/literal-trie.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'b', ':', '😀'), maxLength: 8 });

test('leaves nothing of what was removed', () => {
  const trie = new LiteralTrie<number>();
  // Each place where literals part has a map.
  const maps = (): number => queryObjects(Map, { format: 'count' });
  const before = maps();
  const literals = Array.from({ length: 200 }, (_, n) => [`${n}:ab`, `${n}:ac`]).flat();
  for (const [n, literal] of literals.entries()) trie.set(literal, n);
  expect(maps() - before).toBeGreaterThan(100);
  for (const literal of literals) trie.delete(literal);
  expect(maps() - before).toBeLessThan(10);
});

test('finds the literals that a text holds, whichever came and went before', () => {
  const step = fc.record({ literal: text, value: fc.option(fc.integer(), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.array(text, { minLength: 1 }), (steps, asked) => {
      const trie = new LiteralTrie<{ readonly of: string; readonly value: number }>();
      const kept = new Map<string, { readonly of: string; readonly value: number }>();
      for (const { literal, value } of steps) {
        if (value === undefined) {
          trie.delete(literal);
          kept.delete(literal);
        } else {
          const stood = { of: literal, value };
          trie.set(literal, stood);
          kept.set(literal, stood);
        }
        expect(trie.get(literal)).toBe(kept.get(literal));
      }
      for (const each of [...asked, asked.join('')]) {
        const held = [...kept.values()].filter(({ of }) => each.includes(of));
        expect(new Set(trie.heldBy(each))).toEqual(new Set(held));
        expect(trie.get(each)).toBe(kept.get(each));
      }
      for (const literal of kept.keys()) trie.delete(literal);
      expect([...trie.heldBy(asked.join(''))]).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
