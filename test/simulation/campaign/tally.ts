import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Outcome } from './outcome.ts';
import { type Cell, type Counts, OutcomeTable } from './table.ts';

const FIGURES = ['calls', 'faults', 'actors'] as const;

/** Seeds of plans that are remembered to make a call. */
const MOST_MAKERS = 5;

/** Outcomes that were never met and are named. */
const MOST_TOLD = 40;

/** How many plans had which number of something. */
type Spread = Record<number, number>;

interface Kept {
  readonly first: number;
  readonly isBrief: boolean;
  readonly plans: number;
  /** Milliseconds that they took, and that processors worked for them. */
  readonly took: number;
  readonly worked: number;
  readonly broken: readonly number[];
  readonly spreads: Readonly<Record<(typeof FIGURES)[number], Spread>>;
  readonly counts: Counts;
  /** By call, seeds of plans that make it while things go wrong. */
  readonly makers: Readonly<Record<string, readonly number[]>>;
}

const NOTHING: Omit<Kept, 'first' | 'isBrief'> = {
  ...{ plans: 0, took: 0, worked: 0, broken: [], counts: {}, makers: {} },
  spreads: { calls: {}, faults: {}, actors: {} },
};

/** The seed of the first plan that a file tells of; undefined where there is none. */
export const firstOf = (file: string | undefined): number | undefined =>
  file !== undefined && existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Kept).first : undefined;

const median = (spread: Spread, plans: number): number => {
  let before = 0;
  for (const [number, count] of Object.entries(spread).sort(([one], [other]) => Number(one) - Number(other))) {
    before += count;
    if (2 * before >= plans) return Number(number);
  }
  return 0;
};

/** What many plans came to, kept in a file from one start to the next, where one is given. */
export class Tally {
  readonly #file: string | undefined;
  readonly #first: number;
  readonly #isBrief: boolean;
  readonly #before: Pick<Kept, 'took' | 'worked'>;
  readonly #spreads: Kept['spreads'];
  readonly #broken: number[];
  readonly #began = performance.now();
  readonly #table: OutcomeTable;
  readonly #makers: Record<string, readonly number[]>;
  #plans: number;
  #directed = 0;

  /**
   * @param first - the seed of the first plan.
   * @param isBrief - whether plans have fewer steps in less time.
   * @throws Error where the file is of other plans.
   */
  constructor(file: string | undefined, first: number, isBrief: boolean) {
    const kept: Kept =
      file !== undefined && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { first, isBrief, ...NOTHING };
    if (kept.first !== first) throw new Error(`${file} is of the plans from seed ${kept.first}`);
    if (kept.isBrief !== isBrief) throw new Error(`${file} is of ${kept.isBrief ? '' : 'no '}brief plans`);
    this.#file = file;
    this.#first = first;
    this.#isBrief = isBrief;
    this.#before = kept;
    this.#spreads = kept.spreads;
    this.#broken = [...kept.broken];
    this.#table = new OutcomeTable(kept.counts);
    this.#makers = { ...kept.makers };
    this.#plans = kept.plans;
  }

  get plans(): number {
    return this.#plans;
  }

  get broken(): readonly number[] {
    return this.#broken;
  }

  /** The seed of the next plan. */
  get seed(): number {
    return this.#first + this.#plans;
  }

  /** The next plan was played. */
  add({ problems, counts, made, ...figures }: Outcome): void {
    if (problems.length > 0) this.#broken.push(this.seed);
    this.#table.add(counts);
    for (const call of made) {
      const makers = this.makersOf(call);
      if (makers.length < MOST_MAKERS) this.#makers[call] = [...makers, this.seed];
    }
    for (const name of FIGURES) {
      const spread = this.#spreads[name];
      spread[figures[name]] = (spread[figures[name]] ?? 0) + 1;
    }
    this.#plans++;
  }

  /** A plan was played again in which something was to befall a call. It counts for what was met alone. */
  addDirected({ seed, problems, counts }: Outcome): void {
    if (problems.length > 0) this.#broken.push(seed);
    this.#directed++;
    this.#table.add(counts);
  }

  /** Outcomes that calls may have, and none had. */
  get unmet(): readonly Cell[] {
    return this.#table.unmet;
  }

  /** Seeds of plans that make a call while things go wrong. */
  makersOf(call: string): readonly number[] {
    return this.#makers[call] ?? [];
  }

  /** Writes down how far it came. */
  keep(): void {
    if (this.#file === undefined) return;
    const kept: Kept = {
      ...{
        first: this.#first,
        isBrief: this.#isBrief,
        plans: this.#plans,
        took: this.#took,
        worked: this.#worked,
        broken: this.#broken,
      },
      ...{ spreads: this.#spreads, counts: this.#table.counts, makers: this.#makers },
    };
    writeFileSync(this.#file, JSON.stringify(kept));
  }

  get lines(): readonly string[] {
    const unmet = this.unmet.map(({ call, outcome }) => `${call} ${outcome}`);
    const directed = this.#directed > 0 ? `, and ${this.#directed} of them again for what was never met` : '';
    const medians = FIGURES.map((name) => `${median(this.#spreads[name], this.#plans)} ${name}`).join(', ');
    const broken = this.#broken.length > 0 ? `: ${this.#broken.join(', ')}` : '';
    return [
      ...this.#table.lines,
      `Never met: ${[...unmet.slice(0, MOST_TOLD), ...(unmet.length > MOST_TOLD ? [`${unmet.length - MOST_TOLD} more`] : [])].join(', ') || 'nothing'}`,
      `${Math.round((60_000 * this.#plans) / this.#took)} plans a minute; in the median ${medians}`,
      `A processor that does nothing else plays ${Math.round((60_000 * this.#plans) / this.#worked)} a minute, one of them in ${Math.round(this.#worked / this.#plans)} ms`,
      `${this.#plans} ${this.#isBrief ? 'brief ' : ''}plans from seed ${this.#first}${directed}, ${this.#broken.length} broke something${broken}`,
    ];
  }

  get #took(): number {
    return this.#before.took + performance.now() - this.#began;
  }
  /** Of all threads. */
  get #worked(): number {
    const { user, system } = process.cpuUsage();
    return this.#before.worked + (user + system) / 1_000;
  }
}
