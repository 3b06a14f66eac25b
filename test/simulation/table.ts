import type { Story } from './story.ts';
import { UNREACHED } from './unreached.ts';

/** Counts by call, by outcome, as they are kept in a file. */
export type Counts = Record<string, Record<string, number>>;

/** How often which call had which outcome, over many plans. */
export class OutcomeTable {
  readonly counts: Counts;

  /** @param counts - of plans before. */
  constructor(counts: Counts = {}) {
    this.counts = counts;
  }

  add({ outcomes }: Story): void {
    for (const [call, counts] of outcomes) {
      this.counts[call] ??= {};
      const sums = this.counts[call];
      for (const [outcome, count] of counts) sums[outcome] = (sums[outcome] ?? 0) + count;
    }
  }

  /** Lines of a table: a call each, an outcome a column; a dash where it cannot be. Calls that nothing makes are left out. */
  get lines(): readonly string[] {
    const calls = this.#reached;
    const columns = [...new Set(calls.flatMap(([, counts]) => Object.keys(counts)))].sort();
    const width = Math.max(...calls.map(([call]) => call.length));
    const row = (first: string, cells: readonly string[]) =>
      [first.padEnd(width), ...cells.map((cell, i) => cell.padStart(columns[i]?.length ?? 0))].join('  ');
    return [
      row('', columns),
      ...calls.map(([call, counts]) =>
        row(
          call,
          columns.map((name) => `${counts[name] ?? '-'}`),
        ),
      ),
    ];
  }

  /** Calls that nothing made, and outcomes that none of their calls had; but for those of which it is said why. */
  get unmet(): readonly string[] {
    return this.#reached.flatMap(([call, counts]) => {
      const never = Object.keys(counts).filter((outcome) => counts[outcome] === 0);
      if (never.length === Object.keys(counts).length) return [call];
      return never.map((outcome) => `${call} ${outcome}`);
    });
  }

  get #reached() {
    return Object.entries(this.counts)
      .filter(([call]) => !UNREACHED.has(call))
      .sort(([one], [other]) => (one < other ? -1 : 1));
  }
}
