/** Counts by call, by outcome, as they are kept in a file. */
export type Counts = Record<string, Record<string, number>>;

/** An outcome of a call. */
export interface Cell {
  readonly call: string;
  readonly outcome: string;
}

/** How often which call had which outcome, over many plans. */
export class OutcomeTable {
  readonly counts: Counts;

  /** @param counts - of plans before. */
  constructor(counts: Counts = {}) {
    this.counts = counts;
  }

  /** @param counts - of a plan. */
  add(counts: Counts): void {
    for (const [call, outcomes] of Object.entries(counts)) {
      this.counts[call] ??= {};
      const sums = this.counts[call];
      for (const [outcome, count] of Object.entries(outcomes)) sums[outcome] = (sums[outcome] ?? 0) + count;
    }
  }

  /** Lines of a table: a call each, an outcome a column; a dash where it cannot be. */
  get lines(): readonly string[] {
    const calls = this.#calls;
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

  /** Calls that nothing made. */
  get unmade(): readonly string[] {
    return this.#calls.flatMap(([call, counts]) => (Object.values(counts).every((count) => count === 0) ? [call] : []));
  }

  /** Outcomes that no call had which may have them. */
  get unmet(): readonly Cell[] {
    return this.#calls.flatMap(([call, counts]) =>
      Object.keys(counts).flatMap((outcome) => (counts[outcome] === 0 ? [{ call, outcome }] : [])),
    );
  }

  get #calls() {
    return Object.entries(this.counts).sort(([one], [other]) => (one < other ? -1 : 1));
  }
}
