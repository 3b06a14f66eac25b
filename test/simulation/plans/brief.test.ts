import { describe, expect, it } from 'vitest';
import { play } from '../play.ts';
import { planFor } from './brief.ts';
import { LULL } from './plan.ts';
import { isSetting } from './steps.ts';

const seeds = Array.from({ length: 300 }, (_, n) => 1_000 + n);
const pairs = seeds.map((seed) => ({ plan: planFor(seed, false), brief: planFor(seed, true) }));

const middle = (numbers: readonly number[]): number =>
  numbers.toSorted((one, other) => one - other)[numbers.length >> 1] as number;

describe('a brief plan', () => {
  it('does some half as much in half of the time, and is as long in a lull', () => {
    for (const { plan, brief } of pairs) {
      const [last = 0, soon = 0] = [plan.steps.at(-1)?.at, brief.steps.at(-1)?.at];
      expect(soon).toBeLessThanOrEqual(last < LULL ? 0.55 * last : LULL + 0.55 * (last - LULL));
      expect(brief.steps.map(({ at }) => at)).toEqual(brief.steps.map(({ at }) => at).toSorted((a, b) => a - b));
    }
    const share = middle(pairs.map(({ plan, brief }) => brief.steps.length / plan.steps.length));
    expect(share).toBeGreaterThan(0.45);
    expect(share).toBeLessThan(0.65);
    expect(pairs.filter(({ brief }) => (brief.steps.at(-1)?.at ?? 0) > LULL).length).toBeGreaterThan(10);
  });

  it('has every setting that is deployed, so that none stays that was to go', () => {
    const settings = pairs.map(({ plan, brief }) =>
      [plan, brief].map(({ steps }) => steps.flatMap(({ deed }) => (isSetting(deed) ? [deed] : []))),
    );
    for (const [all, kept] of settings) expect(kept).toEqual(all);
    expect(settings.filter(([all]) => all?.length).length).toBeGreaterThan(10);
  });

  it('is large enough to be worth it', async () => {
    const played = [];
    for (const seed of seeds.slice(0, 100)) played.push(await play(planFor(seed, true)));
    expect(played.flatMap(({ problems }) => problems)).toEqual([]);
    expect(middle(played.map(({ calls }) => calls))).toBeGreaterThanOrEqual(300);
    expect(middle(played.map(({ happened }) => happened.length))).toBeGreaterThanOrEqual(3);
    expect(middle(played.map(({ actors }) => actors))).toBeGreaterThanOrEqual(5);
  }, 600_000);
});
