import type { Clock } from '../../../../client/src/index.ts';
import { VirtualClock } from '../../../../lib/memory/virtual-clock.ts';
import type { SeededRandom } from '../../../seeded-random.ts';

/** Virtual time and seeded chance, for the client and the service of one run. */
export class ModelClock extends VirtualClock implements Clock {
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    super();
    this.#random = random;
  }

  random(): number {
    return this.#random.next();
  }
}
