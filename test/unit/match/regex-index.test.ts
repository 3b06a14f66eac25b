import fc from 'fast-check';
import { RE2JS } from 're2js';
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest';
import { parsePattern, type RegexPattern } from '../../../lib/protocol/pattern.ts';
import { RegexIndex } from '../../../lib/sync/match/regex-index.ts';

function indexOf(...patterns: string[]): RegexIndex {
  const index = new RegexIndex();
  for (const pattern of patterns) index.add(parsePattern(pattern) as RegexPattern);
  return index;
}

function found(index: RegexIndex, channel: string): string[] {
  const texts: string[] = [];
  index.collect(channel, texts);
  return texts.sort();
}

describe('runs only expressions whose literals the channel holds', () => {
  // So few are run one by one, each with a matcher of its own.
  let runs: MockInstance;
  beforeEach(() => {
    runs = vi.spyOn(RE2JS.prototype, 'matcher');
  });
  afterEach(() => {
    runs.mockRestore();
  });

  test.each([
    ['/user:\\d+:login/', 'user:x:login', ['user:1:logi', 'xuser:1:login', 'user:1:login:', 'user:login']],
    ['/memory:(created|updated)/', 'memory:x', ['memory', 'xmemory:updated']],
    ['/^user:\\d+$/', 'user:x', ['user', 'xuser:1']],
    ['/\\Quser.\\E+/', 'user.x', ['user:1']],
    ['/(foo:bar|foo:baz)/', 'foo:bax', ['foo:b']],
    ['/.*:oslo:(rain|snow)/', 'x:oslo:x', ['x:oslo', 'oslo:rain']],
    ['/(user|order):12(:.*)?/', 'x:12', ['user:13', 'user:1:2']],
    ['/(?i)user:\\d+/', 'UsEr:x', ['xuser:1']],
    ['/(?i)kiss/', '\u212Ai\u017F\u017F', ['ki', 'kissx']],
    ['/Kiss.*/', 'Kissx', ['iss']],
    ['/a(b|c)*d/', 'axd', ['a', 'd', 'da', 'adx']],
    ['/é+:x/', 'é?:x', ['e:x', 'é']],
    ['/(?:ab)+c/', 'abxc', ['abx', 'c']],
    ['/(?i)é:x/', 'É:x', ['é']],
  ])('%s is tried on %s', (pattern, tried, others) => {
    const index = indexOf(pattern);
    for (const channel of others) found(index, channel);
    expect(runs).not.toHaveBeenCalled();
    found(index, tried);
    expect(runs).toHaveBeenCalledTimes(1);
  });

  test.each(['/a*/', '/a|b/', '/^*/', '/(a|bc)/', '/\\b/', '/[^b]*/', '/(?i)é*/'])('%s needs none', (pattern) => {
    found(indexOf(pattern), 'whatever');
    expect(runs).toHaveBeenCalledTimes(1);
  });
});

test('a needless ^ changes nothing', () => {
  const patterns = ['/^a|b/', '/^^a/', '/^|a/', '/^?a/', '/^*b/', '/(?m)^a$/'];
  const index = indexOf(...patterns);
  expect(found(index, 'a')).toEqual(['/(?m)^a$/', '/^?a/', '/^^a/', '/^a|b/', '/^|a/']);
  expect(found(index, 'b')).toEqual(['/^*b/', '/^a|b/']);
});

test('more expressions than one group holds, coming and going', () => {
  const patterns = Array.from({ length: 300 }, (_, i) => `/user:${i}\\d*/`).concat(
    Array.from({ length: 100 }, (_, i) => `/.*:${i}/`),
  );
  const index = indexOf(...patterns);
  expect(found(index, 'user:12')).toEqual(['/.*:12/', '/user:12\\d*/', '/user:1\\d*/']);
  for (const pattern of patterns) if (pattern !== '/user:1\\d*/') index.remove(pattern);
  expect(found(index, 'user:12')).toEqual(['/user:1\\d*/']);
  index.remove('/user:1\\d*/');
  index.remove('/user:1\\d*/');
  expect(found(index, 'user:12')).toEqual([]);
});

test('expressions of the same literal, more than are run one by one, coming and going', () => {
  const patterns = Array.from({ length: 20 }, (_, i) => `/.*:oslo:[${'abcdefghijklmnopqrst'.slice(i)}]/`);
  const index = indexOf(...patterns);
  expect(found(index, 'x:oslo:f')).toEqual(patterns.slice(0, 6).sort());
  expect(found(index, 'x:lima:f')).toEqual([]);
  for (const pattern of patterns.slice(1)) index.remove(pattern);
  expect(found(index, 'x:oslo:f')).toEqual(patterns.slice(0, 1));
  index.remove(patterns[0] as string);
  expect(found(index, 'x:oslo:f')).toEqual([]);
});

/** An expression, and a channel that it mostly matches. */
interface Written {
  readonly source: string;
  readonly sample: string;
}

const writtenAs = (...pairs: readonly (readonly [source: string, sample: string])[]): fc.Arbitrary<Written> =>
  fc.constantFrom(...pairs.map(([source, sample]) => ({ source, sample })));

const joined = (pieces: readonly Written[]): Written => ({
  source: pieces.map(({ source }) => source).join(''),
  sample: pieces.map(({ sample }) => sample).join(''),
});

const literals = writtenAs(
  ...['a', 'b', 'ab', 'A', 'K', 'k', '\u212A', 's', '\u017F', 'é', 'Σ', '😀', ':'].map((text) => [text, text] as const),
  ['\\.', '.'],
);
const cased = writtenAs(
  ...[
    ...[
      ['(?i:k)', '\u212A'],
      ['(?i:\u212A)', 'k'],
      ['(?i:S)', '\u017F'],
      ['(?i:\u017F)', 's'],
      ['(?i:ab)', 'aB'],
    ],
    ...[
      ['(?i:É)', 'é'],
      ['(?i:σ)', 'ς'],
      ['[aA]', 'A'],
      ['[kK\u212A]', 'K'],
      ['(?i)a', 'A'],
      ['(?i)', ''],
    ],
  ].map((pair) => pair as [string, string]),
);
const others = writtenAs(
  ...[
    ...[
      ['.', 'x'],
      ['\\w', '1'],
      ['\\d', '2'],
      ['[^a]', 'é'],
      ['\\pL', 'Σ'],
      ['.*', 'x:y'],
      ['.*?', ''],
      ['[ab]+', 'ba'],
    ],
    ...[
      ['^', ''],
      ['$', ''],
      ['\\b', ''],
      ['\\B', ''],
      ['\\A', ''],
      ['\\z', ''],
      ['()', ''],
      ['(?m)', ''],
      ['(?U)', ''],
    ],
  ].map((pair) => pair as [string, string]),
);
const { anyExpression } = fc.letrec<{ anyExpression: Written; group: Written }>((tie) => ({
  anyExpression: fc
    .array(
      fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        { weight: 6, arbitrary: literals },
        { weight: 2, arbitrary: cased },
        { weight: 2, arbitrary: others },
        { weight: 3, arbitrary: tie('group') },
      ),
      { maxLength: 5 },
    )
    .map(joined),
  group: fc
    .record({
      alternatives: fc.array(tie('anyExpression'), { minLength: 1, maxLength: 3 }),
      opening: fc.constantFrom('(', '(?:', '(?i:'),
      closing: fc.constantFrom<readonly [string, number]>(
        [')', 1],
        [')*', 0],
        [')*', 2],
        [')+', 1],
        [')?', 0],
        ['){2}', 2],
      ),
    })
    .map(({ alternatives, opening, closing: [closing, times] }) => ({
      source: `${opening}${alternatives.map(({ source }) => source).join('|')}${closing}`,
      sample: (alternatives.at(-1)?.sample ?? '').repeat(times),
    })),
}));

const isUsable = ({ source }: Written): boolean => {
  try {
    return parsePattern(`/${source}/`).kind === 'regex';
  } catch {
    return false;
  }
};

test('[M-5] finds what RE2 finds by itself, of any expressions in any channel', () => {
  let runs = 0;
  let matches = 0;
  const expressions = fc.uniqueArray(anyExpression.filter(isUsable), {
    selector: ({ source }) => source,
    maxLength: 12,
  });
  fc.assert(
    fc.property(expressions, (written) => {
      const index = indexOf(...written.map(({ source }) => `/${source}/`));
      const alone = written.map(({ source }) => ({ text: `/${source}/`, compiled: RE2JS.compile(source) }));
      const channels = written.flatMap(({ sample }) => [sample, `${sample}a`, `b${sample}`, sample.slice(0, -1)]);
      for (const channel of new Set(channels)) {
        const expected = alone.filter(({ compiled }) => compiled.matches(channel));
        expect(found(index, channel)).toEqual(expected.map(({ text }) => text).sort());
        runs += alone.length;
        matches += expected.length;
      }
    }),
    { numRuns: 100 },
  );
  expect(matches / runs).toBeGreaterThan(0.03);
});

test('one is removed from a group that has been matched', () => {
  const index = indexOf('/a.*/', '/a.?/', '/a.+/');
  expect(found(index, 'ab')).toEqual(['/a.*/', '/a.+/', '/a.?/']);
  index.remove('/a.?/');
  expect(found(index, 'ab')).toEqual(['/a.*/', '/a.+/']);
});

test('expressions of one group do not share their flags', () => {
  const index = indexOf('/(?i)a.*/', '/[ab].*/', '/.*\\b/');
  expect(found(index, 'A')).toEqual(['/(?i)a.*/', '/.*\\b/']);
  expect(found(index, 'b😀')).toEqual(['/[ab].*/']);
});
