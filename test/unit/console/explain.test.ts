import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matcherOf } from '../../../client/src/match/matcher.ts';
import { explain, typedChannel, typedPattern } from '../../../console/src/matcher/explain.ts';

const explained = (pattern: string, channel: string) => {
  const [typedOne, typedOther] = [typedPattern(pattern), typedChannel(channel)];
  if (!('value' in typedOne && 'value' in typedOther)) throw new Error(`refused: ${pattern} or ${channel}`);
  return explain(typedOne.value, typedOther.value);
};

const separator = fc.constantFrom(':', '.');
const joined = (segment: fc.Arbitrary<string>) =>
  fc
    .array(fc.tuple(segment, separator), { minLength: 1, maxLength: 5 })
    .map((pairs) => pairs.map(([text, behind], i) => (i < pairs.length - 1 ? text + behind : text)).join(''));
const channels = joined(fc.constantFrom('a', 'b', 'ab', '$a'));
const wildcards = joined(fc.constantFrom('a', 'b', '$a', '*', '**', '?', 'a*', '?b', '$*'));

describe('why a pattern matches a channel', () => {
  it('[M-1] [M-2] [M-3] [M-4] [M-8] says what the library’s matcher says', () => {
    fc.assert(
      fc.property(wildcards, channels, (pattern, channel) => {
        expect(explained(pattern, channel).matches).toBe(matcherOf(pattern)(channel));
      }),
      { numRuns: 2_000 },
    );
  });

  it('lays the pattern along the channel without leaving anything out', () => {
    fc.assert(
      fc.property(wildcards, channels, (pattern, channel) => {
        const verdict = explained(pattern, channel);
        if (!verdict.matches || verdict.pieces.length === 0) return;
        const rebuilt = verdict.pieces.map(({ part, separator: between }) => between + part).join('');
        expect(rebuilt).toBe(pattern);
        // One of the separators beside a `**` that stands for nothing goes with it.
        const covered = verdict.pieces
          .map(({ text, separator: between }) => (text === '' ? '' : between + text))
          .join('');
        expect(covered).toBe(channel);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['memory:*', 'memory:created', '“*” stands for “created”'],
    ['a:**:b', 'a:b', '“**” stands for nothing'],
    ['a:**:b', 'a:x.y:b', '“**” stands for “x.y”'],
    ['memory:created', 'memory:created', 'the same, character by character'],
    [
      '/memory:(created|updated)/',
      'memory:updated',
      'the expression describes the channel from its first character to its last',
    ],
  ])('%s matches %s: %s', (pattern, channel, why) => {
    expect(explained(pattern, channel)).toMatchObject({ matches: true, why });
  });

  it.each([
    ['memory:*', 'user:created', '“user” is not “memory”'],
    ['memory:*', 'memory:a:b', 'the pattern ends, and “:b” is left'],
    ['memory:*:x', 'memory:a', 'the channel ends where “:x” is wanted'],
    ['memory:*', 'memory.a', 'behind “memory” stands “.” and not “:”'],
    ['memory:**', 'memory', 'the channel ends where “:**” is wanted'],
    ['memory', 'memory:a', 'without wildcards, it matches the one channel of its name'],
    [
      '/user:\\d+/',
      'user:42:x',
      'the expression describes only a part of the channel, and it has to describe all of it',
    ],
    ['/user:\\d+/', 'task', 'the expression does not describe the channel'],
  ])('%s does not match %s: %s', (pattern, channel, why) => {
    expect(explained(pattern, channel)).toEqual({ matches: false, why });
  });

  it('says why something typed is no pattern, or no channel', () => {
    expect(typedPattern('a:b**')).toEqual({ text: 'a:b**', refused: '** is not the whole of the segment b**' });
    expect(typedChannel('a::b')).toEqual({ text: 'a::b', refused: 'empty segment at position 2' });
  });
});
