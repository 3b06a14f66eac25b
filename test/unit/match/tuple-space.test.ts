import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseChannel } from '../../../lib/protocol/channel.ts';
import { parsePattern, type WildcardPattern } from '../../../lib/protocol/pattern.ts';
import { shapeOf } from '../../../lib/sync/match/shape.ts';
import { anyChannel, anyPattern, matches, Outcomes } from './oracle.ts';

const withShape = anyPattern.filter((text) => shapeOf(parsePattern(text)) !== undefined);

const wildcard = (text: string) => parsePattern(text) as WildcardPattern;

/** `steps` wildcards or literals each, all of other shapes. */
const manyShapes = (steps: number): readonly string[] =>
  Array.from({ length: 2 ** steps }, (_, bits) =>
    Array.from({ length: steps }, (_, step) => ((bits >> step) & 1 ? '*' : 'a')).join(':'),
  ).slice(1);

afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
});

describe.each([
  ['at random', undefined],
  ['alike, so that keys collide', 0],
])('with words hashed %s', (_, random) => {
  it('agrees with the oracle through every change', async () => {
    if (random !== undefined) vi.spyOn(Math, 'random').mockReturnValue(random);
    const { TupleSpace } = await import('../../../lib/sync/match/tuple-space.ts');
    const outcomes = new Outcomes();
    fc.assert(
      fc.property(
        fc.array(withShape, { maxLength: 60 }),
        fc.array(fc.nat(), { maxLength: 40 }),
        fc.array(anyChannel, { maxLength: 5 }),
        (patterns, removals, channels) => {
          const tuples = new TupleSpace();
          const live = new Set(patterns);
          for (const text of live) expect(tuples.add(wildcard(text))).toBe(true);
          for (const removal of removals) {
            const text = [...live][removal % live.size];
            if (text === undefined) continue;
            tuples.remove(wildcard(text));
            live.delete(text);
          }
          for (const channel of channels) {
            const found: string[] = [];
            tuples.collect(parseChannel(channel), found);
            const expected = [...live].filter((text) => outcomes.record(matches(text, channel)));
            expect(found.sort()).toEqual(expected.sort());
          }
        },
      ),
      { numRuns: 100 },
    );
    expect(outcomes.rarer).toBeGreaterThan(0.02);
  });
});

it('takes patterns of so many shapes, and of others once a shape is used up', async () => {
  const { TupleSpace } = await import('../../../lib/sync/match/tuple-space.ts');
  const tuples = new TupleSpace();
  const patterns = manyShapes(7).map(wildcard);
  const taken = patterns.filter((pattern) => tuples.add(pattern));
  expect(taken).toHaveLength(64);
  const [first] = taken;
  const refused = patterns[64] as WildcardPattern;
  tuples.remove(first as WildcardPattern);
  expect(tuples.add(refused)).toBe(true);
  const found: string[] = [];
  tuples.collect(parseChannel('a:a:a:a:a:a:a'), found);
  expect(found.sort()).toEqual([...taken.slice(1), refused].map(({ text }) => text).sort());
});

it('takes no pattern without a shape', async () => {
  const { TupleSpace } = await import('../../../lib/sync/match/tuple-space.ts');
  for (const text of ['a:b?', '**:a:**']) expect(new TupleSpace().add(wildcard(text))).toBe(false);
});
