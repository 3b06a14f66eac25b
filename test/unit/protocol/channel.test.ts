import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { categoryOf, MAX_CHANNEL_LENGTH, parseChannel } from '../../../lib/protocol/channel.ts';
import { GrammarError } from '../../../lib/protocol/grammar.ts';

function refusal(text: string): GrammarError {
  try {
    parseChannel(text);
  } catch (error) {
    if (error instanceof GrammarError) return error;
    throw error;
  }
  throw new Error(`accepted ${JSON.stringify(text)}`);
}

describe('[N-1] [N-2] what is a channel', () => {
  test.each(['memory:created', 'memory.created', 'notifications', 'user:123:settings', 'test:channel', 'a-b_c+d=e@f!'])(
    '%s',
    (text) => {
      expect(parseChannel(text).text).toBe(text);
    },
  );

  test('segments and the separators between them', () => {
    expect(parseChannel('user:42.settings:theme')).toEqual({
      text: 'user:42.settings:theme',
      segments: ['user', '42', 'settings', 'theme'],
      separators: [':', '.', ':'],
    });
  });

  test('letters of any script, and characters beyond the basic plane', () => {
    expect(parseChannel('Größe:日本.😀').segments).toEqual(['Größe', '日本', '😀']);
  });

  test('any join of printable segments', () => {
    const segment = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 5 })
      .filter((text) => !/[\p{C}\p{Z}\s*?/\\"'`:.]/u.test(text));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(':', '.'), segment), { minLength: 1, maxLength: 8 }), (steps) => {
        const { segments, separators } = parseChannel(steps.flat().slice(1).join(''));
        expect(segments).toEqual(steps.map(([, text]) => text));
        expect(separators).toEqual(steps.slice(1).map(([separator]) => separator));
      }),
      { numRuns: 200 },
    );
  });
});

describe('[N-1] [N-2] what is not', () => {
  test.each([
    ['', 'empty segment at position 0'],
    [':', 'empty segment at position 0'],
    ['a:', 'empty segment at position 2'],
    ['.a', 'empty segment at position 0'],
    ['a::b', 'empty segment at position 2'],
    ['😀:.b', 'empty segment at position 2'],
    ['a b', 'character U+0020 at position 1 is not allowed'],
    ['memory:*', 'character U+002A (*) at position 7 is not allowed'],
    ['a?', 'character U+003F (?) at position 1 is not allowed'],
    ['/a/', 'character U+002F (/) at position 0 is not allowed'],
    ['a\\b', 'character U+005C (\\) at position 1 is not allowed'],
    ['"a"', 'character U+0022 (") at position 0 is not allowed'],
    ["a'b", "character U+0027 (') at position 1 is not allowed"],
    ['a`b', 'character U+0060 (`) at position 1 is not allowed'],
    ['a\u0000', 'character U+0000 at position 1 is not allowed'],
    ['a\n', 'character U+000A at position 1 is not allowed'],
    ['a\u007f', 'character U+007F at position 1 is not allowed'],
    ['a\u0085', 'character U+0085 at position 1 is not allowed'],
    ['😀\u00a0', 'character U+00A0 at position 1 is not allowed'],
    ['a\u3000', 'character U+3000 at position 1 is not allowed'],
    ['a\u200b', 'character U+200B at position 1 is not allowed'],
    ['a\u2028', 'character U+2028 at position 1 is not allowed'],
    ['a\ufeff', 'character U+FEFF at position 1 is not allowed'],
    ['a\ue000', 'character U+E000 at position 1 is not allowed'],
    ['a\ud800', 'character U+D800 at position 1 is not allowed'],
    ['\udc00\ud800', 'character U+DC00 at position 0 is not allowed'],
  ])('%j: %s', (text, reason) => {
    expect(refusal(text).reason).toBe(reason);
  });

  test('any string is a channel or a GrammarError', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ':', '.', ' ', '*', '😀', '\ud800', 'é') }), (text) => {
        const valid = /^[aé😀]+([:.][aé😀]+)*$/u.test(text);
        if (valid) expect(parseChannel(text).text).toBe(text);
        else refusal(text);
      }),
      { numRuns: 300 },
    );
  });
});

describe('length', () => {
  test('[N-1] is counted in code points', () => {
    expect(parseChannel('😀'.repeat(MAX_CHANNEL_LENGTH)).segments).toHaveLength(1);
    expect(refusal('😀'.repeat(MAX_CHANNEL_LENGTH + 1)).reason).toBe('longer than 200 characters');
    expect(refusal('a'.repeat(MAX_CHANNEL_LENGTH + 1)).reason).toBe('longer than 200 characters');
  });

  test('of a message is bounded, and what it quotes is escaped', () => {
    expect(refusal('a::b').message).toBe('channel "a::b": empty segment at position 2');
    expect(refusal('a\nb').message).toContain('"a\\nb"');
    const { message } = refusal('😀'.repeat(1_000_000));
    expect(message).toBe(`channel "${'😀'.repeat(200)}…": longer than 200 characters`);
  });
});

test('the category is the first segment', () => {
  expect(categoryOf(parseChannel('memory.created:late'))).toBe('memory');
  expect(categoryOf(parseChannel('notifications'))).toBe('notifications');
});
