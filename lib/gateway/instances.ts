import type { Clock } from '../ports/clock.ts';
import type { Leases } from '../ports/leases.ts';

/** Milliseconds for which one that did not answer is not waited for again, where its lease has ended. */
const SILENCE = 10_000;

/** Milliseconds for which it is remembered what was said of a lease: many connections are asked for together. */
const MEMORY = 1_000;

interface Looked {
  readonly at: number;
  readonly ended: Promise<boolean>;
}

/**
 * Other instances of the service, which hold sockets of their own. One may go without a word: its name is gone, its machine
 * is off or frozen. Then nothing refuses connections, and only its lease says that it is gone.
 */
export class Instances {
  readonly #leases: Pick<Leases, 'hasEnded'> | undefined;
  readonly #clock: Clock;
  /** When each last did not answer. */
  readonly #silent = new Map<string, number>();
  readonly #looked = new Map<string, Looked>();

  /** @param leases - undefined where there are none, as on AWS, where one gateway holds all sockets. */
  constructor(leases: Pick<Leases, 'hasEnded'> | undefined, clock: Clock) {
    this.#leases = leases;
    this.#clock = clock;
  }

  /** A request to one was not answered. @returns whether it is gone. */
  async unanswered(endpoint: string): Promise<boolean> {
    this.#silent.set(endpoint, this.#clock.elapsed());
    return this.#hasEnded(endpoint);
  }

  /** Whether one that did not answer lately is gone, so that it need not be asked again. */
  isGone(endpoint: string): Promise<boolean> | false {
    const silent = this.#silent.get(endpoint);
    if (silent === undefined) return false;
    if (this.#clock.elapsed() - silent <= SILENCE) return this.#hasEnded(endpoint);
    this.#silent.delete(endpoint);
    return false;
  }

  #hasEnded(endpoint: string): Promise<boolean> {
    if (this.#leases === undefined) return Promise.resolve(false);
    const now = this.#clock.elapsed();
    const looked = this.#looked.get(endpoint);
    if (looked !== undefined && now - looked.at < MEMORY) return looked.ended;
    // Where it cannot be told it is not said to be gone.
    const ended = this.#leases.hasEnded(endpoint).catch(() => false);
    this.#looked.set(endpoint, { at: now, ended });
    return ended;
  }
}
