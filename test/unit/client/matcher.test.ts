import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { expressions } from '../../../client/src/expressions.ts';
import { matcherOf } from '../../../client/src/match/matcher.ts';
import { anyChannel, anyOwnChannel, anyOwnPattern, anyPattern, matches } from '../match/oracle.ts';

describe('which channels a pattern hears, as the client sees it', () => {
  it('[M-1] [M-2] [M-3] [M-4] is what the grammar says', () => {
    let matched = 0;
    fc.assert(
      fc.property(anyPattern, anyChannel, (pattern, channel) => {
        const expected = matches(pattern, channel);
        if (expected) matched++;
        expect(matcherOf(pattern, expressions)(channel)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
    expect(matched).toBeGreaterThan(50);
  });

  it('[M-8] is so where a first segment begins with $', () => {
    let matched = 0;
    fc.assert(
      fc.property(anyOwnPattern, anyOwnChannel, (pattern, channel) => {
        const expected = matches(pattern, channel);
        if (expected && channel.startsWith('$')) matched++;
        expect(matcherOf(pattern, expressions)(channel)).toBe(expected);
      }),
      { numRuns: 4_000 },
    );
    expect(matched).toBeGreaterThan(50);
    expect(matcherOf('**')('$service:opened')).toBe(false);
    expect(matcherOf('/.*/', expressions)('$service:opened')).toBe(false);
    expect(matcherOf('$serv*:opened')('$service:opened')).toBe(false);
    expect(matcherOf('$service:open??')('$service:opened')).toBe(true);
  });

  const CHANNELS = [
    'memory:created',
    'Memory:Created',
    'user:42:login',
    'a',
    'ab',
    'aab',
    'x-1:y_2',
    'ſ:k',
    'K',
    'é:ü',
    '😀:1',
    'a.b',
  ];

  it.each([
    '(?i)memory:(created|updated)',
    'user:\\d+:login',
    'a*b?',
    'a{2}b',
    'a{1,}b',
    '(?:a|b){0,3}',
    '[a-c]+',
    '[^a-c:]+:?\\w*',
    '(?i)[[:upper:]]+:.*',
    '[[:^digit:]]+',
    '\\p{L}+:\\p{L}+',
    '\\pL|\\x{1F600}:1',
    '\\P{Lu}+',
    '(?P<kind>memory):(?<what>.*)',
    '\\Qa.b\\E',
    '\\Aa.b\\z',
    '^a$',
    '\\ba\\b.*',
    '(?i)k',
    '(?i:s):K|(?i:ſ):k',
    '(?i)\\w',
    '[\\d\\-x]+:y_2|x-1:[y_\\d]+',
    '[]a]+',
    'a\\.b',
    '\\141',
    '(?s).+',
    'a+?b',
    '(a(?i)B|c)',
    '',
    '\\Qa.\\E*b|\\Qaa\\E+b',
    '(\\\\Q|a)b',
    'a{2,3}b|a{0}b',
    'a{,2}b|ab',
    '[\\x41-\\x{5A}a-z]+:[\\141-\\172]+',
    '[a\\]b]+',
    '[-a]+|[b-]',
    '(?i:memory)(?-i::)created|(?i)MEMORY:(?-i)created',
    '\\p{^Lu}\\P{^L}+.*',
    '\\w+\\b:\\B?.*',
    '[[:alpha:]\\d_:-]*[^\\W]',
    '(|a)(b|)',
    'a??a*?b',
    '\\x{1F600}:[[:^alpha:][:space:]]',
  ])('[M-5] is what RE2 says of /%s/', (source) => {
    const re2 = RE2JS.compile(source);
    const hears = matcherOf(`/${source}/`, expressions);
    for (const channel of CHANNELS) expect([channel, hears(channel)]).toEqual([channel, re2.matches(channel)]);
  });

  it('[M-5] takes no longer for a pattern that backtracking would never be done with', () => {
    expect(matcherOf('/(a+)+(a|aa)+b/', expressions)('a'.repeat(200))).toBe(false);
    expect(matcherOf(`${'*a'.repeat(90)}b:c`)(`${'a'.repeat(195)}:c`)).toBe(false);
    expect(matcherOf('**:a:**:a:**:a:**:b')(`a:${'a:'.repeat(95)}c`)).toBe(false);
  });
});
