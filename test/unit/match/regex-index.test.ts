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

describe('runs only expressions whose literal prefix the channel has', () => {
  // By itself in its group, an expression runs without a set.
  let runs: MockInstance;
  beforeEach(() => {
    runs = vi.spyOn(RE2JS.prototype, 'matches');
  });
  afterEach(() => {
    runs.mockRestore();
  });

  test.each([
    ['/user:\\d+:login/', 'user:'],
    ['/memory:(created|updated)/', 'memory:'],
    ['/^user:\\d+$/', 'user:'],
    ['/\\Quser.\\E+/', 'user.'],
    ['/(foo:bar|foo:baz)/', 'foo:ba'],
  ])('%s begins with %s', (pattern, prefix) => {
    const index = indexOf(pattern);
    found(index, `x${prefix}`);
    found(index, prefix.slice(0, -1));
    expect(runs).not.toHaveBeenCalled();
    found(index, `${prefix}x`);
    expect(runs).toHaveBeenCalledTimes(1);
  });

  test.each(['/(?i)user:.*/', '/a*b/', '/a|b/', '/^*a/', '/.*:login/', '/(^user|x)/', '/\\bfoo/'])(
    '%s has no prefix',
    (pattern) => {
      found(indexOf(pattern), 'whatever');
      expect(runs).toHaveBeenCalledTimes(1);
    },
  );
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
