import { expect, it } from 'vitest';
import { play } from './model/run.ts';

/** How many tabs share a connection, and runs of each. */
const VARIANTS = [
  [1, 40],
  [2, 20],
] as const;

it.each(VARIANTS)(
  'no run of the model with %i tabs shows an event twice, out of order, or misses one silently',
  async (tabs, runs) => {
    const totals = { runs: 0, appended: 0, heard: 0, gaps: 0, falseAlarms: 0, connections: 0 };
    for (let seed = 1; seed <= runs; seed++) {
      const { problems, ...outcome } = await play(seed, { tabs });
      expect(problems, `seed ${seed}`).toEqual([]);
      totals.runs++;
      for (const name of ['appended', 'heard', 'gaps', 'falseAlarms', 'connections'] as const)
        totals[name] += outcome[name];
    }
    console.log(`Model of the service, ${tabs} tabs: ${JSON.stringify(totals)}`);
    // The runs are worth something: there was much to hear, and there were faults.
    expect(totals.heard).toBeGreaterThan(50 * runs);
    expect(totals.gaps).toBeGreaterThan(runs / 4);
    expect(totals.falseAlarms).toBeLessThan(totals.gaps / 10);
    expect(totals.connections).toBeGreaterThan(2 * runs);
  },
);

it.each(VARIANTS)(
  '[R-16] nor one of them with %i tabs where histories are read backwards meanwhile, whose pages are whole',
  async (tabs, runs) => {
    let looks = 0;
    for (let seed = 1; seed <= runs / 2; seed++) {
      const outcome = await play(seed, { tabs, looks: 0.3 });
      expect(outcome.problems, `seed ${seed}`).toEqual([]);
      looks += outcome.looks;
    }
    expect(looks).toBeGreaterThan(5 * runs);
  },
);
