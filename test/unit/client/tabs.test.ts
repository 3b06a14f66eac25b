import { expect, it } from 'vitest';
import { TabsRun } from './tabs/run.ts';

/** How many tabs there are, in how many runs, and how often something happens in each. */
const SIZES = [
  [30, 3, 60],
  [5, 30, 100],
] as const;

it.each(SIZES)(
  '%i tabs have one connection, whoever of them is killed or frozen, and hear everything once and in order',
  async (tabs, runs, steps) => {
    const totals = { appended: 0, heard: 0, broadcasts: 0, killed: 0, frozen: 0, connections: 0 };
    for (let seed = 1; seed <= runs; seed++) {
      const { problems, ...outcome } = await new TabsRun(seed).play(tabs, steps);
      expect(problems, `seed ${seed}`).toEqual([]);
      for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += outcome[name];
    }
    console.log(`${tabs} tabs that share a connection, ${runs} runs: ${JSON.stringify(totals)}`);
    // The runs are worth something: there was much to hear, and leaders went.
    expect(totals.heard).toBeGreaterThan(1_000);
    expect(Math.min(totals.killed, totals.frozen, totals.broadcasts)).toBeGreaterThan(5);
  },
);
