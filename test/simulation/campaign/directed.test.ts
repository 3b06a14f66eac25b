import { describe, expect, it } from 'vitest';
import { planOf } from '../plans/plan.ts';
import { meantBy } from '../stage/fate.ts';
import { playDirected } from './directed.ts';
import type { Outcome } from './outcome.ts';

/** Milliseconds for what takes a second on a quiet machine. */
const PATIENT = 600_000;

const seeds = Array.from({ length: 100 }, (_, n) => 1_000 + n);
const makes = (seed: number): boolean => {
  const { workers, steps } = planOf(seed);
  return workers > 0 && steps.some(({ deed }) => deed === 'ask of consumers');
};
const without = seeds.find((seed) => planOf(seed).workers === 0) as number;
const makers = seeds.filter(makes);

describe('plans that are played again for what no call came to', () => {
  it(
    'have it befall the first such call, of the first plan that makes one, and break nothing by it',
    async () => {
      const played: Outcome[] = [];
      const unmet = [
        { call: 'consumers.remove', outcome: 'for ever' },
        { call: 'consumers.remove', outcome: 'answered' },
      ];
      for await (const outcome of playDirected(unmet, () => [without, ...makers])) played.push(outcome);
      expect(played.map(({ counts }) => counts['consumers.remove']?.['for ever'] ?? 0)).toEqual([0, 1]);
      expect(played.map(({ seed }) => seed)).toEqual([without, makers[0]]);
      expect(played.flatMap(({ problems }) => problems)).toEqual([]);
    },
    PATIENT,
  );

  it('are named by a call and an outcome', () => {
    expect(meantBy('publish to connections killed behind')).toEqual({
      call: 'publish to connections',
      fault: 'killed behind',
    });
    expect(meantBy('publish answered')).toBeUndefined();
  });
});
