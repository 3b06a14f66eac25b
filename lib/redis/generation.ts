/** Milliseconds without a look, by either clock, after which a process counts as one that was frozen. */
const FROZEN = 60_000;

/**
 * Counts what may have made untrue what a process remembers of its Redis: an end of a connection, behind which may be
 * another server, or one that was restored or promoted; and a time in which the process was frozen, and heard of nothing.
 */
class Generation {
  #count = 0;
  #lookedAt = { now: Date.now(), elapsed: performance.now() };

  grow(): void {
    this.#count++;
  }

  look(): number {
    const looked = { now: Date.now(), elapsed: performance.now() };
    const passed = [looked.now - this.#lookedAt.now, looked.elapsed - this.#lookedAt.elapsed];
    if (passed.some((duration) => Math.abs(duration) > FROZEN)) this.grow();
    this.#lookedAt = looked;
    return this.#count;
  }
}

/** What of a client tells that a connection ended: of a cluster’s that a node is gone. */
interface Ending {
  on(event: 'close' | '-node', listener: () => void): unknown;
}

const generations = new WeakMap<object, Generation>();

/** Begins to count the generations of a client. */
export const countGenerations = (client: Ending, event: 'close' | '-node'): void => {
  const generation = new Generation();
  generations.set(client, generation);
  client.on(event, () => generation.grow());
};

/**
 * The generation of what is remembered of a client’s Redis. Where it is another than when something was learnt, that may
 * have been forgotten over there.
 */
export const generationOf = (client: object): number => generations.get(client)?.look() ?? 0;

/** Something remembered of a Redis, which is made anew for every generation. */
export class Remembered<T> {
  readonly #client: object;
  readonly #make: () => T;
  #generation: number;
  #value: T;

  constructor(client: object, make: () => T) {
    this.#client = client;
    this.#make = make;
    this.#generation = generationOf(client);
    this.#value = make();
  }

  /** What is remembered and still to be believed. */
  get value(): T {
    const generation = generationOf(this.#client);
    if (generation !== this.#generation) this.forget();
    this.#generation = generation;
    return this.#value;
  }

  forget(): void {
    this.#value = this.#make();
  }
}
