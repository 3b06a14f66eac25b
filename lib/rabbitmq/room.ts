import type { Publisher } from './publisher.ts';
import type { Topology } from './topology.ts';

/** Milliseconds for which what was seen of the queues is believed. */
const BELIEVED = 1_000;

/**
 * Messages for which every queue must have room. A quorum queue takes some 27,000 a second from all its publishers, so it
 * cannot become full while what was seen is believed and a confirm is waited for.
 */
const AMPLE = 100_000;

/** Whether there is so much room in the shards that none becomes full while a batch is on its way to it. */
export class Room {
  readonly #publisher: Pick<Publisher, 'deepest'>;
  readonly #topology: Topology;
  #seenAt = Number.NEGATIVE_INFINITY;
  #isAmple: Promise<boolean> = Promise.resolve(false);

  constructor(publisher: Pick<Publisher, 'deepest'>, topology: Topology) {
    this.#publisher = publisher;
    this.#topology = topology;
  }

  /** Asks once a second at most, however many want to know. False where the broker does not say. */
  isAmple(): Promise<boolean> {
    const { capacity } = this.#topology;
    if (capacity < AMPLE) return Promise.resolve(false);
    const now = performance.now();
    if (now - this.#seenAt > BELIEVED) {
      this.#seenAt = now;
      this.#isAmple = this.#look();
    }
    return this.#isAmple;
  }

  async #look(): Promise<boolean> {
    const { shards, capacity } = this.#topology;
    try {
      return (await this.#publisher.deepest(shards)) <= capacity - AMPLE;
    } catch {
      return false;
    }
  }
}
