import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, test, vi } from 'vitest';
import { GrammarError } from '../../../lib/protocol/grammar.ts';
import { MAX_PATTERN_LENGTH, parsePattern } from '../../../lib/protocol/pattern.ts';
import { MAX_REGEX_SIZE } from '../../../lib/protocol/regex.ts';

function refusal(text: string): GrammarError {
  try {
    parsePattern(text);
  } catch (error) {
    if (error instanceof GrammarError) return error;
    throw error;
  }
  throw new Error(`accepted ${JSON.stringify(text)}`);
}

describe('the kind of a pattern', () => {
  test.each([
    ['memory.created', 'exact'],
    ['memory:*', 'wildcard'],
    ['memory:*.important', 'wildcard'],
    ['user:*:settings', 'wildcard'],
    ['**:important', 'wildcard'],
    ['memory.**', 'wildcard'],
    ['**', 'wildcard'],
    ['user:4?', 'wildcard'],
    ['/memory:(created|updated)/', 'regex'],
    ['/user:\\d+:login/', 'regex'],
  ])('%s is %s', (text, kind) => {
    expect(parsePattern(text)).toMatchObject({ kind, text });
  });

  test('a pattern without wildcards is a channel', () => {
    const channel = { text: 'a:b', segments: ['a', 'b'], separators: [':'] };
    expect(parsePattern('a:b')).toEqual({ kind: 'exact', text: 'a:b', channel });
  });

  test('parts and separators of a wildcard pattern', () => {
    expect(parsePattern('user:*.**:a?b*')).toEqual({
      kind: 'wildcard',
      text: 'user:*.**:a?b*',
      parts: [
        { kind: 'literal', text: 'user' },
        { kind: 'one', text: '*' },
        { kind: 'many', text: '**' },
        { kind: 'glob', text: 'a?b*' },
      ],
      separators: [':', '.', ':'],
    });
  });

  test('what stands between the slashes', () => {
    expect(parsePattern('/a/b/')).toEqual({ kind: 'regex', text: '/a/b/', source: 'a/b' });
  });
});

describe('[M-3] what is not a pattern', () => {
  test.each([
    ['', 'empty segment at position 0'],
    ['*:', 'empty segment at position 2'],
    ['a**', '** is not the whole of the segment a**'],
    ['x:**b:y', '** is not the whole of the segment **b'],
    ['***', '** is not the whole of the segment ***'],
    ['**:?**', '** is not the whole of the segment ?**'],
    ['a b:*', 'character U+0020 at position 1 is not allowed'],
    ['a/b*', 'character U+002F (/) at position 1 is not allowed'],
    ['*:\u200b', 'character U+200B at position 2 is not allowed'],
    ['/', 'a regular expression ends with /; flags stand inside, as in /(?i)a/'],
    ['/a', 'a regular expression ends with /; flags stand inside, as in /(?i)a/'],
    ['/a/i', 'a regular expression ends with /; flags stand inside, as in /(?i)a/'],
    ['//', 'empty regular expression'],
    ['/a\nb/', 'unprintable character in the regular expression'],
    ['/a\ud800/', 'unprintable character in the regular expression'],
  ])('%j: %s', (text, reason) => {
    expect(refusal(text).reason).toBe(reason);
  });

  test.each([
    '/(/',
    '/)/',
    '/a**/',
    '/*/',
    '/[a/',
    '/a(?=b)/',
    '/(a)\\1/',
    '/(?<=a)b/',
    '/\\p{Nonsense}/',
    '/a{1001}/',
  ])('%s is not RE2 syntax, or beyond it', (text) => {
    expect(refusal(text).message).toContain(`pattern ${JSON.stringify(text)}: `);
  });

  test('[M-6] length is counted in code points', () => {
    expect(parsePattern(`${'😀'.repeat(MAX_PATTERN_LENGTH - 1)}*`).kind).toBe('wildcard');
    expect(refusal(`${'😀'.repeat(MAX_PATTERN_LENGTH)}*`).reason).toBe('longer than 200 characters');
    expect(refusal(`/${'a'.repeat(MAX_PATTERN_LENGTH - 1)}/`).reason).toBe('longer than 200 characters');
  });
});

describe('[M-5] the cost of a regular expression is bounded', () => {
  test.each([
    '/((a{100}){100}){100}/',
    '/(((x{1,30}){1,30}){1,30}){1,30}/',
    `/${'\\pL{0,999}'.repeat(19)}/`,
    `/${'x{1000}'.repeat(28)}/`,
    `/${'(|a){1,1000}'.repeat(16)}/`,
    `/${'(x{30}){30}'.repeat(18)}/`,
    `/${'\\pL'.repeat(60)}/`,
    `/(?i)[${'b-\u{1e940}'.repeat(60)}]/`,
    '/(?i)[b-\\x{1e940}]/',
    '/(?i)[b-\u{1e940}]/',
    '/(?i)[b-\uffee][b-\uffee]/',
    '/[a]{501}/',
    '/a{501}(b)/',
    '/(a{501}(b))/',
    '/((a?b?){0,20}){0,10}/',
  ])('%s is refused', (text) => {
    refusal(text);
  });

  test.each([
    `/${'x{1000}'.repeat(28)}/`,
    '/a{1000}b{1000}(c)/',
    '/a{0,600}/',
    `/${'(|a){1,1000}'.repeat(16)}/`,
    `/(?i)[${'b-\u{1e940}'.repeat(60)}]/`,
  ])('%s is refused before it is compiled', (text) => {
    const compile = vi.spyOn(RE2JS, 'compile');
    refusal(text);
    expect(compile).not.toHaveBeenCalled();
    compile.mockRestore();
  });

  test.each([
    '/user:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/',
    '/\\w{1,200}/',
    '/(?i)user:[a-z0-9_-]+/',
    '/(?i)[b-\\x{10000}]/',
    '/(?i)[а-я]+:[一-龥]{2}/',
    '/[\\p{L}\\p{N}_-]{1,64}:.*/',
    '/\\Q{1000}{1000}{1000}\\E[{1000}]{2}/',
    '/(?P<who>a{2}|b){3}(?i:c)(?i)d/',
    '/(a+)+$/',
    `/${'(?:'.repeat(7)}a{2}${'){2}'.repeat(7)}/`,
    `/${'('.repeat(99)}${')'.repeat(99)}/`,
  ])('%s is accepted', (text) => {
    expect(parsePattern(text).kind).toBe('regex');
  });

  test.each([`/[${'\\a'.repeat(98)}/`, `/${'['.repeat(198)}/`, `/[${'[:a:]'.repeat(39)}\\/`, `/${'(?i'.repeat(66)}/`])(
    '%s is refused without delay',
    (text) => {
      refusal(text);
    },
  );

  test('what is accepted compiles small, whatever it looks like', () => {
    const token = fc.constantFrom(
      ...['(', ')', '(?:', '(?i)', '|', '*', '+', '?', 'a', '\\', '[', ']', '^', '{9}', '{0,40}', '{2,}', '\\Q', '\\E'],
      ...['[^\\]a]', '\\pL', '[[:word:]]', '-', '\\x{61}', '(a{7}|b)'],
    );
    let accepted = 0;
    fc.assert(
      fc.property(fc.string({ unit: token, minLength: 1, maxLength: 14 }), (source) => {
        try {
          parsePattern(`/${source}/`);
        } catch (error) {
          expect(error).toBeInstanceOf(GrammarError);
          return;
        }
        accepted++;
        expect(RE2JS.compile(source).programSize()).toBeLessThanOrEqual(MAX_REGEX_SIZE);
      }),
      { numRuns: 1000 },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});
