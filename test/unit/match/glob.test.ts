import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesGlob } from '../../../lib/sync/match/glob.ts';
import { matches, Outcomes } from './oracle.ts';

test.each([
  ['a*', 'a', true],
  ['a*', 'ba', false],
  ['*b', 'aab', true],
  ['a*b*c', 'axxbyyc', true],
  ['a*b*c', 'axxbyy', false],
  ['?', '😀', true],
  ['??', '😀', false],
  ['*?', '😀', true],
  ['?*?', '😀', false],
  ['a?', 'a', false],
  ['*ab', 'aab', true],
  ['ab*ba', 'aba', false],
])('[M-1] [M-2] %s on %s is %s', (glob, segment, expected) => {
  expect(matchesGlob(glob, segment)).toBe(expected);
});

test('agrees with the oracle', () => {
  const segment = fc.string({ unit: fc.constantFrom('a', 'b', '😀'), minLength: 1, maxLength: 7 });
  const glob = fc
    .string({ unit: fc.constantFrom('a', 'b', '😀', '?', '*', '*'), minLength: 1, maxLength: 7 })
    .filter((text) => !text.includes('**'));
  const outcomes = new Outcomes();
  fc.assert(
    fc.property(glob, segment, (pattern, text) => {
      expect(matchesGlob(pattern, text)).toBe(outcomes.record(matches(pattern, text)));
    }),
    { numRuns: 2000 },
  );
  expect(outcomes.rarer).toBeGreaterThan(0.05);
});

test('many stars on a long segment come to an end', () => {
  expect(matchesGlob(`${'a*'.repeat(99)}b`, 'a'.repeat(200))).toBe(false);
  expect(matchesGlob(`${'*?'.repeat(99)}b`, 'a'.repeat(200))).toBe(false);
  expect(matchesGlob('a*'.repeat(100), 'a'.repeat(200))).toBe(true);
});
