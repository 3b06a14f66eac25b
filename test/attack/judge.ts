import { quantile } from '../../client/terminal/quantile.ts';
import type { Assaulted } from './assault.ts';
import type { Seen } from './bystander.ts';

/** The processor is shared with other programs, which hold up one round and not another by so many milliseconds. */
const NOISE = 25;
/** A bystander may wait so many times as long as under as much lawful load. */
export const MOST_RATIO = 1.5;
/** Bytes by which Redis may grow, where an attack names no others. */
const MOST_GROWTH = 8 * 2 ** 20;

/** One round of an attack, of its control, or of nothing. */
export interface Round {
  readonly seen: Seen;
  readonly assaulted: Assaulted | undefined;
  /** Bytes by which Redis grew at the most. */
  readonly growth: number;
  /** Seconds of processor time that the functions used. */
  readonly cpu: number;
}

/** Milliseconds, bytes and seconds of processor time: the medians of the rounds. */
export interface Figures {
  readonly p50: number;
  readonly p99: number;
  readonly growth: number;
  readonly cpu: number;
}

export interface Verdict {
  readonly attack: Figures;
  readonly control: Figures;
  readonly ratio: number;
  readonly refused: readonly string[];
  readonly broken: readonly string[];
  /** Whether a bystander waited too long, which counts on a machine that has time for it. */
  readonly isSlow: boolean;
}

export const figuresOf = (rounds: readonly Round[]): Figures => {
  const median = (of: (round: Round) => number): number => quantile(rounds.map(of), 0.5);
  return {
    p50: median(({ seen }) => quantile(seen.latencies, 0.5)),
    p99: median(({ seen }) => quantile(seen.latencies, 0.99)),
    growth: median(({ growth }) => growth),
    cpu: median(({ cpu }) => cpu),
  };
};

/** Milliseconds that 99 of 100 broadcasts take at the most on a machine that has time for the service alone. */
const QUIET_ENOUGH = 150;

/** Whether times say something of the service. On a busy machine they are those of its other programs. */
export const areTimesJudged = (quiet: Figures): boolean => quiet.p99 <= QUIET_ENOUGH;

const distinct = (texts: readonly string[]): readonly string[] => [...new Set(texts)];

/** Whether the bounds of an attack held. */
export const judge = (attacked: readonly Round[], controlled: readonly Round[], mostGrowth = MOST_GROWTH): Verdict => {
  const attack = figuresOf(attacked);
  const control = figuresOf(controlled);
  const ratio = attack.p99 / control.p99;
  const refused = attacked.flatMap(({ seen }) => seen.refused);
  const lost = attacked.reduce((sum, { seen }) => sum + seen.lost, 0);
  const foreign = attacked.reduce((sum, { seen }) => sum + seen.foreign, 0);
  const broken = [
    ...distinct(attacked.flatMap(({ assaulted }) => assaulted?.breaches ?? [])),
    ...(attack.growth <= Math.max(mostGrowth, 0) ? [] : ['Redis grows too much']),
    ...(refused.length === 0
      ? []
      : [`${refused.length} bystanders refused: ${distinct(refused).slice(0, 3).join(', ')}`]),
    ...(lost === 0 ? [] : [`${lost} broadcasts of bystanders not heard`]),
    ...(foreign === 0 ? [] : [`bystanders heard ${foreign} events that none of them published`]),
  ];
  // Written so that no figure at all is no pass.
  const isSlow = !(attack.p99 <= Math.max(MOST_RATIO * control.p99, control.p99 + NOISE));
  return { attack, control, ratio, refused, broken, isSlow };
};
