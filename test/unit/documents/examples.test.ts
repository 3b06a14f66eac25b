import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { expressions } from '../../../client/src/expressions.ts';
import { matcherOf } from '../../../client/src/match/matcher.ts';
import { ERRORS } from '../../../lib/protocol/errors.ts';
import { messagesOf, workOf } from '../../../lib/protocol/toll.ts';

const contentOf = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** The rows of the tables of a page, cell by cell. */
const rowsIn = (page: string): readonly (readonly string[])[] =>
  page
    .split('\n')
    .filter((line) => line.startsWith('| '))
    // What stands in a cell may have a line of its own, escaped.
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|')));

/** What is code in a cell. */
const codeIn = (cell = ''): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

const patterns = rowsIn(contentOf('docs/guides/patterns.md'))
  .map(([, pattern, , heard, unheard]) => ({
    pattern: codeIn(pattern)[0],
    heard: codeIn(heard),
    unheard: codeIn(unheard),
  }))
  .filter(({ pattern }) => pattern !== undefined);

describe('docs/guides/patterns.md', () => {
  it.each(patterns)('says rightly what $pattern hears', ({ pattern = '', heard, unheard }) => {
    const matches = matcherOf(pattern, expressions);
    expect([...heard, ...unheard].filter(matches)).toEqual(heard);
    expect(heard.length * unheard.length).toBeGreaterThan(0);
  });

  it('shows patterns of each kind', () => {
    expect(patterns.length).toBeGreaterThan(5);
  });
});

describe.each(['docs/limits.md', 'docs/guides/history.md'])('%s', (page) => {
  const defaults = parseEnv(contentOf('.env.example').replace(/^# (?=[A-Z_]+=)/gm, ''));
  const named = rowsIn(contentOf(page)).flatMap((cells) => {
    const variable = cells.flatMap(codeIn).find((code) => /^[A-Z]+(_[A-Z]+)+$/.test(code) && code in defaults);
    const figures = cells.flatMap((cell) => /^[\d,]+(?= days|, the newest|$)/.exec(cell)?.[0] ?? []);
    return variable === undefined ? [] : figures.map((figure) => ({ variable, figure }));
  });

  it.each(named)('says what $variable is unless it is changed', ({ variable, figure }) => {
    expect(figure.replaceAll(',', '')).toBe(defaults[variable]);
  });

  it('says so of several', () => {
    expect(named.length).toBeGreaterThan(3);
  });
});

describe('docs/limits.md', () => {
  it('names errors that there are', () => {
    const codes = rowsIn(contentOf('docs/limits.md'))
      .flatMap((cells) => codeIn(cells.at(-2)))
      .filter((code) => /^[A-Z_]+$/.test(code));
    expect(codes).toContain('TOO_MANY_SUBSCRIPTIONS');
    expect(codes.filter((code) => !(code in ERRORS) && !code.startsWith('NGINX_'))).toEqual([]);
  });

  it.each([
    [11, { type: 'subscribe', patterns: Array.from({ length: 40 }, (_, n) => `order:${n}:*`) }],
    [4, { type: 'broadcast', channel: 'a', data: 'x'.repeat(24 * 1_024) }],
  ])('says rightly that a message is %i points: $type', (points, message) => {
    expect(messagesOf(message).size + workOf(message, JSON.stringify(message).length)).toBe(points);
  });
});
