import { expect, it } from 'vitest';
import { play } from './model/run.ts';

const RUNS = 40;

it('no run of the model shows an event twice, out of order, or misses one silently', async () => {
  const totals = { runs: 0, appended: 0, heard: 0, gaps: 0, falseAlarms: 0, connections: 0 };
  for (let seed = 1; seed <= RUNS; seed++) {
    const { problems, ...outcome } = await play(seed);
    expect(problems, `seed ${seed}`).toEqual([]);
    totals.runs++;
    for (const name of ['appended', 'heard', 'gaps', 'falseAlarms', 'connections'] as const)
      totals[name] += outcome[name];
  }
  console.log(`Model of the service: ${JSON.stringify(totals)}`);
  // The runs are worth something: there was much to hear, and there were faults.
  expect(totals.heard).toBeGreaterThan(2_000);
  expect(totals.gaps).toBeGreaterThan(10);
  expect(totals.falseAlarms).toBeLessThan(totals.gaps / 10);
  expect(totals.connections).toBeGreaterThan(2 * RUNS);
});
