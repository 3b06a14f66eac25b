import type { AdaptiveRateLimit } from './adaptive-rate-limit.ts';

/** So many connections tell nothing of all yet: each may have a client that is slow, or has stopped reading. */
const FEW = 16;

/** Milliseconds in which connections that tell of the quota are counted. */
const WINDOW = 1_000;

/** Milliseconds for which the gateway is believed that it is the quota. */
const LATELY = 5_000;

/**
 * Tells refusals by the quota, which is everyone’s, from those by a client whose own buffer is full: the answers do not
 * differ. A client that has stopped reading takes nothing any more, and a quota that is used up lets some pass. So it may
 * be the quota where connections were refused and took something a moment later, and many of them. Clients can do so too,
 * on purpose, to have all others wait: so the gateway is asked, by what no client has a part in.
 */
export class Quota {
  readonly #rateLimit: AdaptiveRateLimit;
  /** Connections with a post that was refused, and is tried again. */
  readonly #refused = new Set<string>();
  /** Connections that took something a moment after they had been refused, in this window. */
  readonly #served = new Set<string>();
  #began = Number.NEGATIVE_INFINITY;
  /** Their refusals, of which the pace has not been told. */
  #refusals = 0;
  #known = Number.NEGATIVE_INFINITY;

  constructor(rateLimit: AdaptiveRateLimit) {
    this.#rateLimit = rateLimit;
  }

  /** A post to a connection was refused, and is tried again. */
  refused(connection: string): void {
    this.#refused.add(connection);
  }

  /** No post to it is tried any more. */
  ended(connection: string): void {
    this.#refused.delete(connection);
  }

  /**
   * A connection took what was refused so often a moment before.
   *
   * @param now - milliseconds of a clock that only goes forward, as everywhere here.
   * @returns whether the gateway is to be asked if it is the quota; then one of `confirmed` and `denied` is to follow.
   */
  served(connection: string, refusals: number, now: number): boolean {
    if (now - this.#began > WINDOW) {
      this.#began = now;
      this.#served.clear();
      this.#refusals = 0;
    }
    this.#served.add(connection);
    this.#refusals += refusals;
    if (this.#served.size <= FEW) return false;
    if (now - this.#known >= LATELY) return true;
    this.#tell(now);
    return false;
  }

  /** The quota refuses: the gateway was asked. */
  confirmed(now: number): void {
    this.#known = now;
    if (this.#served.size > FEW) this.#tell(now);
  }

  /** The gateway was asked, and the quota refused nothing: what was seen so far was the clients’ doing. */
  denied(): void {
    this.#served.clear();
    this.#refusals = 0;
  }

  #tell(now: number): void {
    this.#rateLimit.usedUp(now, this.#refusals);
    this.#refusals = 0;
  }

  /** Whether the quota may be what refuses posts; where not, it is their clients. */
  mayRefuse(now: number): boolean {
    return this.#refused.size > FEW || now - this.#known < LATELY;
  }
}
