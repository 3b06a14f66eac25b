import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '../../seeded-random.ts';
import type { Scenario } from './scenario.ts';
import type { Fate } from './service.ts';
import type { Stage } from './stage.ts';

const CHANNELS = ['a', 'b', 'x:1', 'x:2', 'x:3', 'y.z'];
const TEXTS = ['a', 'b', 'x:*', 'x:1', '**', '/y\\.(z|q)/'];
const STEPS = 40;

/** What a text of so many characters is: too large for a frame, or not. */
const LARGE = 40_000;

/** One scenario of chance: the same for the same seed, as far as the machine's timing allows. */
class Play {
  readonly #stage: Stage;
  readonly #random: SeededRandom;
  /** How likely the frames of an event do not simply arrive. */
  readonly #trouble: number;
  #large = 0;

  constructor(stage: Stage, seed: number) {
    this.#stage = stage;
    this.#random = new SeededRandom(seed);
    this.#trouble = this.#random.pick([0.1, 0.3, 0.5]);
  }

  async play(): Promise<void> {
    const { service } = this.#stage;
    const delays = new SeededRandom(this.#random.below(1_000_000));
    service.delay = () => delays.below(20);
    await this.#stage.subscribe(...new Set([this.#random.pick(CHANNELS), ...this.#random.some(TEXTS, 1, 3)]));
    for (let step = 0; step < STEPS; step++) {
      await this.#act();
      await sleep(this.#random.pick([0, 0, 2, 20, 60]));
    }
    service.calm();
    // What comes last shows what was lost before it.
    for (const channel of CHANNELS) {
      await service.publish(channel);
      await service.publish(channel, { to: ['alice'] });
    }
  }

  async #act(): Promise<void> {
    const { service } = this.#stage;
    const dice = this.#random.next();
    if (dice < 0.62) for (let n = this.#random.below(5); n >= 0; n--) await this.#publish();
    else if (dice < 0.67) await service.publishTogether(this.#random.some(CHANNELS, 2, 6));
    else if (dice < 0.75) this.#stage.broadcast(this.#random.pick(CHANNELS));
    else if (dice < 0.84) this.#end();
    else if (dice < 0.87) await service.forgetSubscriptions();
    else if (dice < 0.9) await this.#stage.subscribe(this.#random.pick(TEXTS));
    else this.#damage();
  }

  async #publish(): Promise<void> {
    const fates: readonly Fate[] = ['dropped', 'twice', 'overtaken', 'backwards'];
    const fate = this.#random.chance(this.#trouble) ? this.#random.pick(fates) : 'arrives';
    const to = this.#random.pick([undefined, undefined, undefined, ['alice'], ['carol'], ['carol', 'alice']]);
    const data = this.#random.chance(0.05) ? `${this.#large++}`.repeat(LARGE) : undefined;
    await this.#stage.service.publish(this.#random.pick(CHANNELS), {
      fate,
      ...(to === undefined ? {} : { to }),
      ...(data === undefined ? {} : { data }),
    });
  }

  /** The connection ends, in one of its ways. */
  #end(): void {
    const { service } = this.#stage;
    const how = this.#random.pick(['cut', 'close', 'close', 'retire'] as const);
    if (how === 'cut') service.cut();
    else if (how === 'close') service.close(this.#random.pick([1000, 1001, 1012]));
    else service.retire(this.#random.below(50));
  }

  /** Something happens to a history. */
  #damage(): void {
    const { service } = this.#stage;
    if (service.log.length === 0) return;
    const { channel, user, offset } = this.#random.pick(service.log);
    const name = { channel, ...(user === undefined ? {} : { user }) };
    if (this.#random.chance(0.5)) service.trim(name, this.#random.below(offset + 1));
    else service.lose(name);
  }
}

/** @returns the scenario of a seed. */
export const randomScenario = (seed: number): Scenario => ({
  name: `seed ${seed}`,
  clauses: ['S-1', 'S-3', 'S-8', 'E-1', 'E-3', 'B-4', 'R-1', 'R-2', 'R-5', 'P-2', 'P-3'],
  play: (stage) => new Play(stage, seed).play(),
});
