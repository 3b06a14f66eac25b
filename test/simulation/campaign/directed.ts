import { planFor } from '../plans/brief.ts';
import { FAULTS } from '../stage/fate.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { type Cell, OutcomeTable } from './table.ts';

/**
 * Plays plans again that made a call, each with an outcome that none of its calls had, until one of them has it.
 *
 * @param unmet - what no call came to.
 * @param makersOf - seeds of plans that make a call while things go wrong.
 * @param isBrief - whether these plans have fewer steps in less time.
 * @returns what each of these plans came to.
 */
export async function* playDirected(
  unmet: readonly Cell[],
  makersOf: (call: string) => readonly number[],
  isBrief = false,
): AsyncGenerator<Outcome> {
  const met = new OutcomeTable();
  for (const { call, outcome } of unmet) {
    const fault = FAULTS.find((each) => each === outcome);
    if (fault === undefined) continue;
    for (const seed of makersOf(call)) {
      if ((met.counts[call]?.[outcome] ?? 0) > 0) break;
      const played = await outcomeOf(planFor(seed, isBrief, { call, fault }));
      met.add(played.counts);
      yield played;
    }
  }
}
