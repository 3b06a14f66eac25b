import { MemoryBell } from '../../../lib/memory/bell.ts';
import type { MemoryStore } from '../../../lib/memory/store.ts';
import type { Environment, Stage } from '../stage/environment.ts';

/** Milliseconds in which it is heard, at the most. */
const HEARD = 5;

/** A bell as one environment has it: what rings may be lost, and is heard by nobody who stands still. */
export class SimulatedBell extends MemoryBell {
  readonly #stage: Stage;
  readonly #here: Environment;

  constructor(stage: Stage, store: MemoryStore, here: Environment) {
    super(store);
    this.#stage = stage;
    this.#here = here;
  }

  override ring(channels: readonly string[]): void {
    const { fate, time } = this.#stage;
    const place = `${this.#here.name} ring`;
    const isLost = fate.befalls(place, ['refused']) !== undefined;
    const wait = fate.at(place).below(HEARD);
    if (!isLost) time.after(wait, () => super.ring(channels));
  }

  override listen(onRing: (channels: readonly string[] | undefined) => void): Promise<() => void> {
    return super.listen((channels) => this.#here.onceAwake(() => onRing(channels)));
  }
}
