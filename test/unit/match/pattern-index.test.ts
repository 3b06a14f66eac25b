import { queryObjects } from 'node:v8';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseChannel } from '../../../lib/protocol/channel.ts';
import { parsePattern } from '../../../lib/protocol/pattern.ts';
import { PatternIndex } from '../../../lib/sync/match/pattern-index.ts';
import {
  anyChannel,
  anyOwnChannel,
  anyOwnPattern,
  anyPattern,
  anyRegex,
  anyWildcard,
  matches,
  Outcomes,
} from './oracle.ts';

function indexOf(...patterns: string[]): PatternIndex {
  const index = new PatternIndex();
  for (const pattern of patterns) index.add(parsePattern(pattern));
  return index;
}

/** Patterns of as many shapes as are told apart: any of another shape is looked for in another way. */
const CROWD = Array.from({ length: 64 }, (_, i) => `z${':*'.repeat(i + 6)}`);

function isMatch(pattern: string, channel: string): boolean {
  return indexOf(pattern).match(parseChannel(channel)).length === 1;
}

describe('[M-1] [M-2] [M-3] [M-4] [M-5] the examples of the specification', () => {
  test.each([
    [
      'memory:*',
      ['memory:created', 'memory:updated'],
      ['memory', 'memory:created:late', 'memory.created', 'user:created'],
    ],
    ['user:*:settings', ['user:123:settings', 'user:456:settings'], ['user:settings', 'user:1:2:settings']],
    ['**:important', ['a:important', 'a:b.c:important'], ['important', 'a.important', 'a:important:b']],
    ['/memory:(created|updated)/', ['memory:created', 'memory:updated'], ['memory:deleted', 'x:memory:created']],
    ['/user:\\d+:login/', ['user:1:login', 'user:42:login'], ['user:a:login', 'user:1:login:late']],
    ['memory.created', ['memory.created'], ['memory:created', 'memory.created.late']],
    ['memory.*', ['memory.created'], ['memory', 'memory.a.b', 'memory:created']],
    ['memory.**', ['memory.a', 'memory.a.b:c'], ['memory', 'memory:a']],
    ['user:?', ['user:1', 'user:😀'], ['user:12', 'user']],
    ['**', ['a', 'a:b.c'], []],
  ])('%s', (pattern, matching, others) => {
    const index = indexOf(pattern);
    const found = [...matching, ...others].filter((channel) => index.match(parseChannel(channel)).length > 0);
    expect(found).toEqual(matching);
  });
});

describe('[M-3] [M-4] several segments, or none', () => {
  test.each([
    ['a:**:b', 'a:b', true],
    ['a:**:b', 'a:x:b', true],
    ['a:**:b', 'a:x.y:b', true],
    ['a:**:b', 'a.b', false],
    ['a:**:b', 'a:x.b', false],
    ['a:**.b', 'a:b', false],
    ['a:**.b', 'a.b', false],
    ['a:**.b', 'a:x.b', true],
    ['a:**:**:b', 'a:b', true],
    ['a:**:**:b', 'a:x:b', true],
    ['a:**:**:b', 'a:x.y:b', true],
    ['a:**.**:b', 'a:b', false],
    ['a:**.**:b', 'a:x:b', false],
    ['a:**.**:b', 'a:x.y:b', true],
    ['**:**', 'a', false],
    ['**:**', 'a.b', false],
    ['**:**', 'a.b:c', true],
    ['**:**:**', 'a:b', true],
    ['**:a:**', 'x:a:y', true],
    ['**:a:**', 'a:y', false],
    ['**:a:**', 'x:a', false],
  ])('%s on %s is %s', (pattern, channel, expected) => {
    expect(isMatch(pattern, channel)).toBe(expected);
    expect(matches(pattern, channel)).toBe(expected);
  });
});

describe('agrees with the oracle', () => {
  test('[M-1] [M-2] [M-3] [M-4] on wildcard patterns', () => {
    const outcomes = new Outcomes();
    fc.assert(
      fc.property(anyWildcard, anyChannel, (pattern, channel) => {
        expect(isMatch(pattern, channel)).toBe(outcomes.record(matches(pattern, channel)));
      }),
      { numRuns: 2000 },
    );
    expect(outcomes.rarer).toBeGreaterThan(0.05);
  });

  test('[M-1] [M-2] [M-3] [M-4] on wildcard patterns of more shapes than are told apart', () => {
    const outcomes = new Outcomes();
    const index = indexOf(...CROWD);
    fc.assert(
      fc.property(anyWildcard, anyChannel, (pattern, channel) => {
        index.add(parsePattern(pattern));
        const isFound = index.match(parseChannel(channel)).includes(pattern);
        expect(isFound).toBe(outcomes.record(matches(pattern, channel)));
        index.remove(pattern);
      }),
      { numRuns: 2000 },
    );
    expect(outcomes.rarer).toBeGreaterThan(0.05);
  });

  test('[M-5] on regular expressions, which RE2 and JavaScript read alike', () => {
    const outcomes = new Outcomes();
    fc.assert(
      fc.property(anyRegex, anyChannel, (pattern, channel) => {
        expect(isMatch(pattern, channel)).toBe(outcomes.record(matches(pattern, channel)));
      }),
      { numRuns: 1000 },
    );
    expect(outcomes.rarer).toBeGreaterThan(0.05);
  });

  test('[M-8] on channels whose first segment begins with $', () => {
    const outcomes = new Outcomes();
    fc.assert(
      fc.property(anyOwnPattern, anyOwnChannel, (pattern, channel) => {
        expect(isMatch(pattern, channel)).toBe(outcomes.record(matches(pattern, channel)));
      }),
      { numRuns: 4000 },
    );
    expect(outcomes.rarer).toBeGreaterThan(0.02);
  });

  test.each([
    ['alone', []],
    ['beside more shapes than are told apart', CROWD],
  ])('on what is left after adding and removing, in any order, %s', (_, others) => {
    const outcomes = new Outcomes();
    const change = fc.record({ pattern: anyPattern, isRemoval: fc.boolean() });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), fc.array(anyChannel, { maxLength: 5 }), (changes, channels) => {
        const index = indexOf(...others);
        const live = new Set<string>();
        for (const [i, { pattern, isRemoval }] of changes.entries()) {
          // What is removed is mostly something that is there.
          const text = isRemoval && i % 4 > 0 ? ([...live][i % live.size] ?? pattern) : pattern;
          if (isRemoval) expect(index.remove(text)).toBe(live.delete(text));
          else {
            index.add(parsePattern(text));
            live.add(text);
          }
          expect(index.size).toBe(others.length + live.size);
          const probe = channels[i % channels.length];
          if (probe === undefined || i % 3 > 0) continue;
          const expected = [...live].filter((one) => outcomes.record(matches(one, probe)));
          expect(index.match(parseChannel(probe)).sort()).toEqual(expected.sort());
        }
        for (const channel of channels) {
          const expected = [...live].filter((one) => outcomes.record(matches(one, channel)));
          expect(index.match(parseChannel(channel)).sort()).toEqual(expected.sort());
        }
      }),
      { numRuns: 60 },
    );
    expect(outcomes.rarer).toBeGreaterThan(0.05);
  });
});

describe('adding and removing', () => {
  test('twice is once', () => {
    const index = indexOf('a:*', 'a:*', '/a.*/', '/a.*/', 'a:b', 'a:b');
    expect(index.size).toBe(3);
    expect(index.match(parseChannel('a:b')).sort()).toEqual(['/a.*/', 'a:*', 'a:b']);
    expect(index.remove('a:*')).toBe(true);
    expect(index.remove('a:*')).toBe(false);
    expect(index.match(parseChannel('a:b')).sort()).toEqual(['/a.*/', 'a:b']);
  });

  test('leaves nothing of what was removed, of whatever shape', () => {
    const index = indexOf(...CROWD);
    // Each place in the trie has maps.
    const maps = (): number => queryObjects(Map, { format: 'count' });
    const before = maps();
    const patterns = Array.from({ length: 200 }, (_, i) => [`a${i}:b:c`, `a${i}:*`, `a${i}:**`, `a${i}.x*:b`]).flat();
    for (const pattern of patterns) index.add(parsePattern(pattern));
    expect(maps() - before).toBeGreaterThan(200);
    for (const pattern of patterns) index.remove(pattern);
    expect(maps() - before).toBeLessThan(20);
  });

  test('of a pattern leaves those alone that differ from it in one segment', () => {
    const index = indexOf('a', 'b', 'a:b', 'a:c');
    index.remove('a:b');
    index.remove('a');
    const channels = ['a', 'b', 'a:b', 'a:c'];
    expect(channels.flatMap((channel) => index.match(parseChannel(channel)))).toEqual(['b', 'a:c']);
  });

  test('of a pattern leaves those alone that begin with it', () => {
    const index = indexOf('a:*', 'a:*:c', 'a:**');
    index.remove('a:*');
    expect(index.match(parseChannel('a:b'))).toEqual(['a:**']);
    index.remove('a:**');
    expect(index.match(parseChannel('a:b:c'))).toEqual(['a:*:c']);
  });
});

describe('[M-5] hostile patterns come to an end', () => {
  const long = 'a:'.repeat(99);

  test('many **', () => {
    const patterns = [
      `${'**:'.repeat(66)}b`,
      `${'**:a:'.repeat(39)}b`,
      `${'**:*:'.repeat(39)}b`,
      `${'*:**.'.repeat(39)}b`,
    ];
    const index = indexOf(...patterns);
    expect(index.match(parseChannel(`${long}a`))).toEqual([]);
    expect(index.match(parseChannel(`${long}b`)).sort()).toEqual(patterns.slice(0, 3).sort());
  });

  test('long globs, also behind **', () => {
    const glob = `${'a*'.repeat(90)}b`;
    const index = indexOf(glob, `**:${glob}`, `**:${glob}:**`);
    expect(index.match(parseChannel('a'.repeat(200)))).toEqual([]);
    expect(index.match(parseChannel(`a:${'a'.repeat(198)}`))).toEqual([]);
  });

  test.each(['/(a+)+$/', '/(a|aa)+b/', '/(.*a){20}b/', '/(a|b)*a(a|b){120}/', `/${'.*a'.repeat(60)}b/`])(
    '%s',
    (pattern) => {
      expect(isMatch(pattern, `${'a'.repeat(199)}c`)).toBe(false);
    },
  );
});
