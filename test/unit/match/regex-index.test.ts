import fc from 'fast-check';
import { RE2JS } from 're2js';
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest';
import { parsePattern, type RegexPattern, readPattern } from '../../../lib/protocol/pattern.ts';
import { compilationsSoFar } from '../../../lib/sync/match/compiled.ts';
import { RegexIndex } from '../../../lib/sync/match/regex-index.ts';

function regex(text: string): RegexPattern {
  return parsePattern(text) as RegexPattern;
}

function indexOf(...patterns: string[]): RegexIndex {
  const index = new RegexIndex((error) => {
    throw error;
  });
  for (const pattern of patterns) index.add(regex(pattern));
  return index;
}

function found(index: RegexIndex, channel: string): string[] {
  const texts: string[] = [];
  index.collect(channel, texts);
  return texts.sort();
}

test('where many are run together, each is true to its own case', () => {
  const patterns = Array.from({ length: 20 }, (_, n) =>
    n % 2 === 0 ? `/User:\\d{1,${n + 1}}/` : `/(?i)User:\\d{1,${n + 1}}/`,
  );
  const index = indexOf(...patterns);
  expect(found(index, 'User:7')).toEqual(patterns.toSorted());
  expect(found(index, 'user:7')).toEqual(patterns.filter((pattern) => pattern.startsWith('/(?i)')).toSorted());
});

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

test.each([63, 64, 65, 66, 67, 128, 129, 130])(
  'of %i expressions in groups none is found twice, or once it is gone',
  (count) => {
    const patterns = Array.from({ length: count }, (_, i) => `/(a${i}|b)*same:end/`);
    const all = () => found(index, 'bsame:end');
    const index = indexOf(...patterns);
    for (const gone of [0, count - 1, 1, 62, 63, 64].filter((at) => at < count)) {
      // All groups are ready, and one changes.
      expect(all()).toEqual([...patterns].sort());
      const [removed] = patterns.splice(Math.min(gone, patterns.length - 1), 1);
      index.remove(regex(removed as string));
    }
    expect(all()).toEqual([...patterns].sort());
  },
);

test('more expressions than one group holds, coming and going', () => {
  const patterns = Array.from({ length: 300 }, (_, i) => `/user:${i}\\d*/`).concat(
    Array.from({ length: 100 }, (_, i) => `/.*:${i}/`),
  );
  const index = indexOf(...patterns);
  expect(found(index, 'user:12')).toEqual(['/.*:12/', '/user:12\\d*/', '/user:1\\d*/']);
  for (const pattern of patterns) if (pattern !== '/user:1\\d*/') index.remove(regex(pattern));
  expect(found(index, 'user:12')).toEqual(['/user:1\\d*/']);
  index.remove(regex('/user:1\\d*/'));
  index.remove(regex('/user:1\\d*/'));
  expect(found(index, 'user:12')).toEqual([]);
});

test('expressions of the same literal, more than are run one by one, coming and going', () => {
  const patterns = Array.from({ length: 20 }, (_, i) => `/.*:oslo:[${'abcdefghijklmnopqrst'.slice(i)}]/`);
  const index = indexOf(...patterns);
  expect(found(index, 'x:oslo:f')).toEqual(patterns.slice(0, 6).sort());
  expect(found(index, 'x:lima:f')).toEqual([]);
  for (const pattern of patterns.slice(1)) index.remove(regex(pattern));
  expect(found(index, 'x:oslo:f')).toEqual(patterns.slice(0, 1));
  index.remove(regex(patterns[0] as string));
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
  index.remove(regex('/a.?/'));
  expect(found(index, 'ab')).toEqual(['/a.*/', '/a.+/']);
});

test('expressions of one group do not share their flags', () => {
  const index = indexOf('/(?i)a.*/', '/[ab].*/', '/.*\\b/');
  expect(found(index, 'A')).toEqual(['/(?i)a.*/', '/.*\\b/']);
  expect(found(index, 'b😀')).toEqual(['/[ab].*/']);
});

test('compiles nothing before a channel holds what it needs', () => {
  const before = compilationsSoFar();
  const index = new RegexIndex((error) => expect.unreachable(String(error)));
  for (let i = 0; i < 200; i++) index.add(readPattern(`/lazy${i}:(a|b)\\d+/`) as RegexPattern);
  expect(found(index, 'other:a1')).toEqual([]);
  expect(compilationsSoFar()).toBe(before);
  expect(found(index, 'lazy7:a1')).toEqual(['/lazy7:(a|b)\\d+/']);
  expect(compilationsSoFar()).toBe(before + 1);
});

test('one that cannot be compiled matches nothing, is told of once, and stops no other', () => {
  for (const count of [2, 20]) {
    const told: unknown[] = [];
    const index = new RegexIndex((error) => told.push(error));
    index.add({ kind: 'regex', text: '/x**/', source: 'x**' });
    for (let i = 0; i < count; i++) index.add(regex(`/x{1,${i + 1}}/`));
    expect(found(index, 'x')).toHaveLength(count);
    expect(found(index, 'x')).toHaveLength(count);
    expect(told).toHaveLength(1);
  }
});

test('forgets what was compiled for channels that nobody asks for, and compiles it anew', () => {
  // Of one literal each twenty, so that each takes an automaton.
  const patterns = Array.from({ length: 250 * 20 }, (_, i) => `/.*:k${Math.floor(i / 20)}:[a-z]{1,${(i % 20) + 1}}/`);
  const index = indexOf(...patterns);
  const first = found(index, 'x:k0:ab');
  expect(first).toHaveLength(19);
  for (let key = 1; key < 250; key++) expect(found(index, `x:k${key}:ab`)).toHaveLength(19);
  expect(index.readyBytes).toBeLessThanOrEqual(64 * 2 ** 20);
  expect(index.readyBytes).toBeGreaterThan(32 * 2 ** 20);
  expect(found(index, 'x:k0:ab')).toEqual(first);
});
