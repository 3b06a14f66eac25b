import type { Story } from './story.ts';

/** How often which call had which outcome, over many plans. */
export class OutcomeTable {
  readonly #counts = new Map<string, Map<string, number>>();

  add({ outcomes }: Story): void {
    for (const [call, counts] of outcomes) {
      const sums = this.#counts.get(call) ?? new Map<string, number>();
      for (const [outcome, count] of counts) sums.set(outcome, (sums.get(outcome) ?? 0) + count);
      this.#counts.set(call, sums);
    }
  }

  /** Lines of a table: a call each, an outcome a column. */
  get lines(): readonly string[] {
    const columns = [...new Set([...this.#counts.values()].flatMap((counts) => [...counts.keys()]))].sort();
    const width = Math.max(...[...this.#counts.keys()].map(({ length }) => length));
    const row = (first: string, cells: readonly string[]) =>
      [first.padEnd(width), ...cells.map((cell, i) => cell.padStart(columns[i]?.length ?? 0))].join('  ');
    const calls = [...this.#counts].sort(([one], [other]) => (one < other ? -1 : 1));
    return [
      row('', columns),
      ...calls.map(([call, counts]) =>
        row(
          call,
          columns.map((name) => `${counts.get(name) ?? '-'}`),
        ),
      ),
    ];
  }
}
