import { describe, expect, it } from 'vitest';
import { verdictOn } from './ambiguity.ts';
import { MADE, SLOW } from './exceptions.ts';
import { expressionsIn, read, sourcesIn } from './expressions.ts';

/** What reads what others send or set. What tests, measures and documents reads texts of its own. */
const FOLDERS = ['lib', 'functions', 'client', 'console/src', 'cli', 'localstack', 'serverless'];

const all = FOLDERS.flatMap(sourcesIn).flatMap((file) => expressionsIn(file, read(file)));
const literals = all.filter(({ source }) => source !== undefined);
const made = all.filter(({ source }) => source === undefined);

const exceptionFor = (file: string, text: string) => SLOW.find((slow) => slow.file === file && slow.text === text);

describe('no regular expression takes longer than its text is long', () => {
  it('finds those of the sources', () => {
    expect(literals.length).toBeGreaterThan(100);
    expect(made.length).toBeGreaterThan(5);
  });

  it.each(literals.map(({ file, text, source, flags }) => [file, text, source as string, flags] as const))(
    '%s: %s',
    (file, text, source, flags) => {
      const verdict = verdictOn(source, flags);
      const exception = exceptionFor(file, text);
      expect(verdict === 'linear' || exception !== undefined ? [] : [verdict]).toEqual([]);
      if (exception?.bound === undefined) return;
      // What bounds its texts is still there.
      expect(read(exception.bound.file)).toContain(exception.bound.text);
    },
  );

  it.each(made.map(({ file, text }) => [file, text] as const))('%s makes: %s', (file, text) => {
    const examples = MADE.find((entry) => entry.file === file && entry.text === text)?.examples ?? [];
    // What is made of others that are too slow is no better.
    if (exceptionFor(file, text) === undefined) expect(examples).not.toEqual([]);
    expect(examples.filter(({ source, flags }) => verdictOn(source, flags) !== 'linear')).toEqual([]);
  });

  it('has no exception that nothing needs', () => {
    const isThere = ({ file, text }: { file: string; text: string }): boolean =>
      all.some((expression) => expression.file === file && expression.text === text);
    expect([...SLOW, ...MADE].filter((exception) => !isThere(exception))).toEqual([]);
    const needless = SLOW.filter(({ file, text }) => {
      const { source, flags } = all.find((expression) => expression.file === file && expression.text === text) ?? {};
      return source !== undefined && verdictOn(source, flags ?? '') === 'linear';
    });
    expect(needless).toEqual([]);
  });
});

describe('the judge of expressions', () => {
  it.each([
    ['(a+)+$', ''],
    ['(a|a)*$', ''],
    ['(a*)*b', ''],
    ['^(?:a*?)*?b', ''],
    ['^(?:a|aa)+$', ''],
    ['^(?:a|b|ab)*c', ''],
    ['^(\\w+\\s?)*$', ''],
    ['^(?:\\w|_)+$', ''],
    ['^(?:a(?:|))*b', ''],
    ['^(?:[0-9]+,?)+$', ''],
    ['^(?:[^"]|\\\\.)*"', ''],
    ['^(?:a|A)+$', 'i'],
    ['^(?:\\p{L}|[a-z])+$', 'u'],
    ['^(?:k|\\u212a)+$', 'iu'],
    ['^(?:(?:x{1,2}){1,})+y', ''],
  ])('calls /%s/%s exponential', (source, flags) => {
    expect(verdictOn(source, flags)).toBe('exponential');
  });

  it.each([
    // What once froze every function: a text of word characters that ends in another.
    ['^[\\w-]*[\\w:]*$', ''],
    ['\\s+$', ''],
    ['a.*b', ''],
    ['^a*a*$', ''],
    ['^\\d+\\d+$', ''],
    ['^.*,.*,.*$', ''],
    ['(\\w+)\\s*=', ''],
    ['<!--[\\s\\S]*?-->', 'g'],
    ['^(?:a+b?a+)$', ''],
    ['^Bearer +(.+)$', 'i'],
    ['\\/.*\\/.*@', ''],
    ['^x*(?:y|x)*$', ''],
    ['^(?:a*b|a*c)$(?:)', 'm'],
  ])('calls /%s/%s polynomial', (source, flags) => {
    expect(verdictOn(source, flags)).toBe('polynomial');
  });

  it.each([
    ['^(["\']).*\\1$', ''],
    ['(?<!a+)b', ''],
    ['a(?=.*b)', ''],
    ['^(?:[a-z]{1,999}){1,9}$', ''],
  ])('does not know /%s/%s', (source, flags) => {
    expect(verdictOn(source, flags)).toMatch(/^unknown: /);
  });

  it.each([
    ['^\\s+$', ''],
    ['^(?:a*b)*$', ''],
    ['^(?:[^"\\\\]|\\\\.)*"', ''],
    ['^\\w+(?:-\\w+)*$', ''],
    ['^[\\w:-]{1,64}$', ''],
    ['a+', 'g'],
    ['(?:^|,)[a-z]+', ''],
    ['^a(?!b)', ''],
    ['^(?:a?){50}$', ''],
    ['^(?:a|B)+$', ''],
    ['[\\s:]', 'u'],
    ['x{2}y{3,}', ''],
  ])('calls /%s/%s linear', (source, flags) => {
    expect(verdictOn(source, flags)).toBe('linear');
  });

  it('finds what is planted in a source, as a literal and as what is made', () => {
    const source = `const a = /(x+)+$/u;\nconst b = new RegExp('y+$', 'i');\nconst c = RegExp(\`z\${a.source}\`);`;
    expect(expressionsIn('planted.ts', source)).toEqual([
      { file: 'planted.ts', text: '/(x+)+$/u', source: '(x+)+$', flags: 'u' },
      { file: 'planted.ts', text: 'b', source: 'y+$', flags: 'i' },
      { file: 'planted.ts', text: 'c', source: undefined, flags: '' },
    ]);
  });
});
