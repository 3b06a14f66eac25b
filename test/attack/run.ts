import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Assaulted, Target } from './assault.ts';
import { ATTACKS, type Attack } from './attacks.ts';
import type { Seen } from './bystander.ts';
import { areTimesJudged, type Figures, figuresOf, judge, MOST_RATIO, type Round, type Verdict } from './judge.ts';
import { type Service, startService } from './service.ts';

/** Milliseconds between two looks at Redis. */
const LOOK = 250;
/** Milliseconds in which what was going on is worked off. */
const REST = 1_000;

export interface Plan {
  readonly names: readonly string[];
  readonly strict: boolean;
  readonly rounds: number;
  /** Rounds at the most that follow while the first ones say that a bystander waits too long. */
  readonly moreRounds: number;
  readonly milliseconds: number;
  readonly say: (line: string) => void;
}

export interface Outcome extends Verdict {
  readonly name: string;
  readonly gateway: 'strict' | 'lenient';
  readonly sends: string;
  readonly known: string | undefined;
  /** What the attacker sent in one round. */
  readonly sent: { readonly frames: number; readonly bytes: number; readonly refused: number };
}

export interface Played {
  readonly quiet: Figures;
  readonly outcomes: readonly Outcome[];
}

const program = (name: string): string => path.join(import.meta.dirname, name);

class Battlefield {
  readonly #service: Service;
  readonly #bystanders: ChildProcess;
  readonly #target: Omit<Target, 'round'>;
  #rounds = 0;

  private constructor(service: Service, bystanders: ChildProcess, target: Omit<Target, 'round'>) {
    this.#service = service;
    this.#bystanders = bystanders;
    this.#target = target;
  }

  static async open({ strict, milliseconds, say }: Plan): Promise<Battlefield> {
    const service = await startService(strict, say);
    const bystanders = fork(program('bystander.ts'), [service.websocketUrl]);
    const [named] = (await once(bystanders, 'message')) as [Pick<Target, 'connectionId' | 'channel'>];
    const { websocketUrl, httpUrl, lambdaPort } = service;
    return new Battlefield(service, bystanders, { websocketUrl, httpUrl, lambdaPort, milliseconds, ...named });
  }

  /** @param part - undefined for a round in which nobody does anything but the bystanders. */
  async play(attack?: Attack, part?: 'attack' | 'control'): Promise<Round> {
    const { milliseconds } = this.#target;
    // What one attacker took of everyone’s limit is no part of the next attack: within a duration there are many rounds.
    await this.#service.forgive();
    const before = await this.#service.memory();
    const used = this.#service.cpu();
    const attacker = attack === undefined ? undefined : fork(program('attacker.ts'));
    const target: Target = { ...this.#target, round: `${this.#rounds++}` };
    const ended = attacker === undefined ? undefined : once(attacker, 'message');
    attacker?.send({ name: attack?.name, part, target });
    const seeing = once(this.#bystanders, 'message') as Promise<[Seen]>;
    this.#bystanders.send(milliseconds);
    let highest = before;
    const looking = setInterval(async () => {
      highest = Math.max(highest, await this.#service.memory());
    }, LOOK);
    try {
      const [seen] = await seeing;
      const [assaulted] = ((await ended) ?? []) as [Assaulted | undefined];
      highest = Math.max(highest, await this.#service.memory());
      return { seen, assaulted, growth: highest - before, cpu: this.#service.cpu() - used };
    } finally {
      clearInterval(looking);
      attacker?.kill();
      await pause(REST);
    }
  }

  async close(): Promise<void> {
    this.#bystanders.kill();
    await this.#service.stop();
  }
}

/** @param isJudged - whether more rounds could say more of its times. */
const clash = async (field: Battlefield, attack: Attack, plan: Plan, isJudged: boolean): Promise<Outcome> => {
  const attacked: Round[] = [];
  const controlled: Round[] = [];
  const mostGrowth = attack.redis === undefined ? undefined : attack.redis * 2 ** 20;
  const verdict = (): Verdict => judge(attacked, controlled, mostGrowth);
  const round = async (): Promise<void> => {
    controlled.push(await field.play(attack, 'control'));
    attacked.push(await field.play(attack, 'attack'));
  };
  for (let played = 0; played < plan.rounds; played++) await round();
  for (let more = 0; more < plan.moreRounds && verdict().ratio > MOST_RATIO && isJudged; more++) await round();
  const last = attacked.at(-1)?.assaulted;
  const { name, sends, known } = attack;
  const sent = { frames: last?.sent ?? 0, bytes: last?.bytes ?? 0, refused: last?.refused ?? 0 };
  const judged = verdict();
  const slow = judged.isSlow && isJudged ? ['bystanders wait too long'] : [];
  const gateway = plan.strict ? 'strict' : 'lenient';
  return { name, sends, known, gateway, sent, ...judged, broken: [...judged.broken, ...slow] };
};

/** Plays attacks against a service of their own, one after another, each in turns with its control. */
export const play = async (plan: Plan): Promise<Played> => {
  const field = await Battlefield.open(plan);
  const stop = (): void => void field.close().finally(() => process.exit(130));
  process.once('SIGINT', stop);
  try {
    const quiet: Round[] = [];
    for (let round = 0; round < plan.rounds; round++) quiet.push(await field.play());
    const figures = figuresOf(quiet);
    const isJudged = areTimesJudged(figures);
    if (!isJudged)
      plan.say(`Other programs are busy: in quiet the p99 is ${figures.p99.toFixed()} ms. Times are not judged.`);
    const outcomes: Outcome[] = [];
    for (const attack of ATTACKS.filter(({ name }) => plan.names.includes(name))) {
      const outcome = await clash(field, attack, plan, isJudged);
      plan.say(`${attack.name}: ${outcome.broken.length === 0 ? 'held' : outcome.broken.join('; ')}`);
      outcomes.push(outcome);
    }
    return { quiet: figures, outcomes };
  } finally {
    process.off('SIGINT', stop);
    await field.close();
  }
};
