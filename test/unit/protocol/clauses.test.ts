import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ERRORS } from '../../../lib/protocol/errors.ts';

const ROOT = path.join(import.meta.dirname, '../../..');
const protocol = readFileSync(path.join(ROOT, 'docs/protocol.md'), 'utf8');
const clauses = [...protocol.matchAll(/^- \*\*([A-Z]-\d+)\*\*/gm)].map((match) => match[1] as string);

const cited = new Set(
  readdirSync(path.join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(test|contract)\.ts$/.test(name))
    .flatMap((name) => [...readFileSync(path.join(ROOT, 'test', name), 'utf8').matchAll(/\[([A-Z]-\d+)\]/g)])
    .map((match) => match[1] as string),
);

it('numbers every clause once', () => {
  expect(clauses.length).toBeGreaterThan(30);
  expect(new Set(clauses).size).toBe(clauses.length);
});

it.each(clauses)('clause %s is cited by a test', (clause) => {
  expect(cited).toContain(clause);
});

it('has no test cite a clause that is not there', () => {
  expect([...cited].filter((clause) => !clauses.includes(clause))).toEqual([]);
});

it('lists the errors as the code has them', () => {
  const rows = Object.entries(ERRORS).map(
    ([code, { temporary, meaning }]) => `| \`${code}\` | ${temporary ? 'yes' : 'no'} | ${meaning} |`,
  );
  const table = protocol.slice(protocol.indexOf('<!-- errors:'), protocol.indexOf('<!-- /errors -->'));
  const written = table.split('\n').map((line) => line.replace(/ +/g, ' '));
  expect(written.filter((line) => line.startsWith('| `'))).toEqual(rows);
});
