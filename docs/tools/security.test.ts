import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

const ROOT = path.join(import.meta.dirname, '../..');
const contentOf = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');

/** A row of the table of threats: what stands in its last column. */
const testsOf = (markdown: string): readonly (readonly [threat: string, tests: string])[] =>
  markdown
    .split('\n')
    .filter((line) => /^\| [^-]/.test(line))
    .slice(1)
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, threat = '', , tests = '']) => [threat, tests]);

const LINKED = /\]\((test\/[^)]+)\)([^,;]*)/g;
const COMMAND = /`npm run ([\w:-]+)/g;

/** What a row says of tests that is not so. */
const faultsOf = (tests: string): readonly string[] => {
  const linked = [...tests.matchAll(LINKED)];
  const commands = [...tests.matchAll(COMMAND)].map(([, name = '']) => name);
  const unknown = commands.filter((name) => !Object.hasOwn(packageJson.scripts, name));
  const unnamed = linked.flatMap(([, file = '', more = '']) => {
    const content = contentOf(file);
    const names = [...more.matchAll(/"([^"]+)"/g), ...more.matchAll(/(\[[A-Z]-\d+\])/g)].map(([, name = '']) => name);
    return names.filter((name) => !content.includes(name)).map((name) => `${file} has no ${name}`);
  });
  const isTested = linked.length > 0 || commands.length > 0 || tests.includes('`npm audit`');
  return [...(isTested ? [] : ['no test']), ...unknown.map((name) => `no command ${name}`), ...unnamed];
};

describe('the threats of SECURITY.md', () => {
  const rows = testsOf(contentOf('SECURITY.md'));

  it('are found', () => expect(rows.length).toBeGreaterThan(20));

  it.each(rows)('have tests that are there: %s', (_, tests) => {
    expect(faultsOf(tests)).toEqual([]);
  });

  it.each([
    ['a command', '`npm run nothing`', 'no command nothing'],
    ['a test', 'somebody looks', 'no test'],
    ['a name in a test', '[`a`](test/tokens.ts) "no such name"', 'test/tokens.ts has no no such name'],
    ['a clause in a test', '[`a`](test/tokens.ts) [X-1]', 'test/tokens.ts has no [X-1]'],
  ])('are found to lack %s', (_, tests, fault) => {
    expect(faultsOf(tests)).toEqual([fault]);
  });
});
