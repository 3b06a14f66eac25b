import { RE2JS } from 're2js';
import { expect, it, vi } from 'vitest';
import { maySubscribe } from '../../../lib/protocol/grants.ts';
import * as patterns from '../../../lib/protocol/pattern.ts';
import { expressionChecker } from '../../../lib/sync/expressions.ts';
import { compiledOf } from '../../../lib/sync/match/compiled.ts';

vi.mock('../../../lib/protocol/pattern.ts', { spy: true });

const compile = vi.spyOn(RE2JS, 'compile').mockReturnValue({ programSize: () => 1 } as RE2JS);

const exact = patterns.parsePattern('a');

it.each([
  {
    what: 'expressions that were checked',
    most: 10_000,
    ask: (i: number) => expressionChecker()(patterns.readPattern(`/checked ${i}/`)),
    work: compile,
  },
  {
    what: 'expressions that were compiled',
    most: 1_000,
    ask: async (i: number) => void compiledOf(`compiled ${i}`),
    work: compile,
  },
  {
    what: 'grants that were read',
    most: 10_000,
    ask: async (i: number) => void maySubscribe({ subscribe: [`granted:${i}`], publish: [] }, exact),
    work: vi.mocked(patterns.parsePattern),
  },
])('a process remembers $most $what, and no more', async ({ most, ask, work }) => {
  const askAll = async (count: number): Promise<number> => {
    const before = work.mock.calls.length;
    for (let i = 0; i < count; i++) await ask(i);
    return work.mock.calls.length - before;
  };
  expect(await askAll(most)).toBe(most);
  expect(await askAll(most)).toBe(0);
  // Whatever it forgets for one more.
  expect(await askAll(most + 1)).toBe(1);
  expect(await askAll(most + 1)).toBeGreaterThan(0);
});
