import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHECK_NAMES } from '../../../cli/doctor/doctor.ts';

/** Lines of a terminal as most have it. */
const SCREEN = 24;

const guide = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
const [, section = ''] = /^## What is known of a deployed stage\n([\s\S]*?)^## /m.exec(guide) ?? [];

/** The rows of the section’s tables, without their headings. */
const [known = [], open = []] = section
  .split(/\n{2,}/)
  .filter((part) => part.startsWith('|'))
  .map((table) =>
    table
      .split('\n')
      .slice(2)
      .map((row) => row.split('|').map((cell) => cell.trim()))
      .map(([, part = '', how = '']) => ({ part, how })),
  );

describe('what the operations guide says of a stage that nobody deployed', () => {
  it('says of each part on what it is shown, or by which document it is argued', () => {
    expect(known.length).toBeGreaterThan(8);
    const says = (how: string): boolean =>
      /(^|; )shown\b.*(`npm run |`test\/|Rabbit|LocalStack)/.test(how) ||
      /(^|; )argued: .*\]\(https:\/\/docs\.aws\.amazon\.com\//.test(how);
    expect(known.filter(({ how }) => !says(how))).toEqual([]);
    const argued = known.filter(({ how }) => /\bargued\b/.test(how));
    expect(argued.filter(({ how }) => !how.includes('](https://docs.aws.amazon.com/'))).toEqual([]);
  });

  it('has what is open on one screen, each with the checks of doctor that answer it', () => {
    expect(open.length).toBeGreaterThan(5);
    expect(open.length).toBeLessThan(SCREEN);
    const named = open.flatMap(({ how }) => {
      const [, list = ''] = /^`doctor`: (.*)$/.exec(how) ?? [];
      return [...list.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
    });
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !CHECK_NAMES.includes(name ?? ''))).toEqual([]);
    // What no conversation can show: a deployment and its end, and what AWS alone measures.
    const others = open.filter(({ how }) => !how.startsWith('`doctor`: ')).map(({ how }) => how);
    expect(others).toEqual(['doing it, in a stage of its own', 'the alarm `broker-disk`, once it is up']);
  });
});
