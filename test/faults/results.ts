import { readFileSync, writeFileSync } from 'node:fs';
import { violations } from './checker.ts';
import type { Outcome } from './run.ts';

/** What the runs of one fault came to, together. */
export interface FaultResult {
  readonly name: string;
  runs: number;
  acked: number;
  lost: number;
  doubled: number;
  outOfOrder: number;
  leaked: number;
  undeclared: number;
  /** Gaps the client library declared. */
  gaps: number;
  /** The longest time from a broadcast to its being heard, milliseconds. */
  longestOutage: number;
  /** The longest time to the first event after the fault had ended, milliseconds; infinite, null in JSON, where none came. */
  longestRecovery: number;
  /** Seeds of runs that broke a promise, with what they broke. */
  readonly failures: { readonly seed: number; readonly violations: readonly string[] }[];
}

/** Violations written down of one run. */
const MOST_SHOWN = 10;

const fresh = (name: string): FaultResult => ({
  name,
  runs: 0,
  acked: 0,
  lost: 0,
  doubled: 0,
  outOfOrder: 0,
  leaked: 0,
  undeclared: 0,
  gaps: 0,
  longestOutage: 0,
  longestRecovery: 0,
  failures: [],
});

/** The results so far, kept in a file from one start to the next, where one is given. */
export class Results {
  readonly #file: string | undefined;
  readonly #faults: FaultResult[];

  constructor(file: string | undefined) {
    this.#file = file;
    this.#faults = file === undefined ? [] : readResults(file);
  }

  get faults(): readonly FaultResult[] {
    return this.#faults;
  }

  of(name: string): FaultResult {
    let result = this.#faults.find((each) => each.name === name);
    if (result === undefined) {
      result = fresh(name);
      this.#faults.push(result);
    }
    return result;
  }

  add(name: string, { seed, verdict, recovery }: Outcome): void {
    const result = this.of(name);
    result.runs += 1;
    result.acked += verdict.acked;
    for (const kind of ['lost', 'doubled', 'outOfOrder', 'leaked', 'undeclared'] as const) {
      result[kind] += verdict[kind].length;
    }
    result.gaps += verdict.gaps;
    result.longestOutage = Math.max(result.longestOutage, verdict.longestOutage);
    result.longestRecovery = Math.max(result.longestRecovery, recovery);
    const broken = violations(verdict);
    if (broken.length > 0) result.failures.push({ seed, violations: broken.slice(0, MOST_SHOWN) });
    if (this.#file !== undefined)
      writeFileSync(this.#file, `${JSON.stringify({ faults: this.#faults }, undefined, 2)}\n`);
  }
}

const readResults = (file: string): FaultResult[] => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  const { faults } = JSON.parse(text) as { readonly faults?: FaultResult[] };
  if (!Array.isArray(faults)) throw new Error(`${file} is not a file of this suite’s results`);
  return faults.map((each) => ({ ...each, longestRecovery: each.longestRecovery ?? Number.POSITIVE_INFINITY }));
};

const seconds = (milliseconds: number): string =>
  Number.isFinite(milliseconds) ? `${(milliseconds / 1_000).toFixed(1)} s` : 'not seen';

/** The results as a table for people. */
export const table = (faults: readonly FaultResult[]): string => {
  const head = [
    'fault',
    'runs',
    'acked',
    'lost',
    'doubled',
    'out of order',
    'leaked',
    'undeclared',
    'longest outage',
    'recovery',
  ];
  const rows = faults
    .filter(({ runs }) => runs > 0)
    .map((each) => [
      each.name,
      ...[each.runs, each.acked, each.lost, each.doubled, each.outOfOrder, each.leaked, each.undeclared].map(String),
      seconds(each.longestOutage),
      seconds(each.longestRecovery),
    ]);
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => (row[i] as string).length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number))).join(' | ')} |`;
  return [
    line(head),
    line(widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))),
    ...rows.map(line),
  ].join('\n');
};
