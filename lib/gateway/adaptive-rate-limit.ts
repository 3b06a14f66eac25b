/** An interval, after which the rate is changed: so many answers, within these bounds of milliseconds. */
const ANSWERS = 100;
const SHORTEST = 50;
const LONGEST = 1_000;

/** Of an interval’s answers, those that may be refusals and say nothing yet: a client whose buffer is full gets them too. */
const FEW = 2;
const TOLERATED = 0.02;

/** Of an interval’s answers, the share refused by the quota from which on the rate was far off, and what passed is a better one. */
const FAR_OFF = 0.2;

/** What is left of the rate where too much was refused. */
const DECREASE = 0.95;

/**
 * Added to the rate, posts a second per second, per square root of the rate: the less of it a sender has, the more it adds
 * in proportion, which is what brings unequal senders to equal parts.
 */
const INCREASE = 5;

/** So many milliseconds after a cut the quota has grown, or others have gone: then a share of the rate is added a second. */
const LONG_CALM = 10_000;
const CALM_INCREASE = 0.2;

/** The share of the rate that must have been used, for more to be asked. */
const USED = 0.8;

/** Posts a second below which the rate is never cut. */
const LEAST_RATE = 20;

/** Milliseconds without refusals after which nothing is held back any more. */
const FORGET_AFTER = 60_000;

/** Milliseconds of posts that may go out together: a timer is no finer. */
const TOGETHER = 10;

/**
 * How fast posts may go out, found by what the gateway refuses: all functions of an account and region share one quota,
 * and none knows what the others use. Additive increase, multiplicative decrease: those who share it come to equal parts.
 * Until something is refused, nothing is held back.
 *
 * Source: D. Chiu, R. Jain, "Analysis of the Increase and Decrease Algorithms for Congestion Avoidance in Computer
 * Networks", Computer Networks and ISDN Systems 17, 1989.
 */
export class AdaptiveRateLimit {
  #rate = Number.POSITIVE_INFINITY;
  /** When the next post is due. */
  #due = 0;
  #began = 0;
  #taken = 0;
  #refused = 0;
  /** Requests that the quota itself refused: those of `#refused` among them of which it is known by now. */
  #usedUp = 0;
  /** When the rate was last cut. */
  #cut = Number.NEGATIVE_INFINITY;

  /** Posts a second; infinite while nothing is held back. */
  get rate(): number {
    return this.#rate;
  }

  /**
   * Asks for the turn of one post.
   *
   * @param now - milliseconds of a clock that only goes forward, as everywhere here.
   * @param until - when it must have gone out.
   * @returns milliseconds until it may go out; 0 for at once; infinite where its turn would come too late, and is not taken.
   */
  turn(now: number, until: number): number {
    if (this.#rate === Number.POSITIVE_INFINITY) return 0;
    const due = Math.max(this.#due, now - TOGETHER) + 1_000 / this.#rate;
    if (due > until) return Number.POSITIVE_INFINITY;
    this.#due = due;
    return Math.max(0, due - now);
  }

  /** The gateway took a post, or answered it for good. */
  taken(now: number): void {
    if (this.#idle) return;
    this.#taken++;
    this.#look(now);
  }

  /** The gateway refused a post, once or more often. Its own client may be why, so that this alone never slows much. */
  refused(now: number): void {
    if (this.#idle) this.#begin(now);
    this.#refused++;
    this.#look(now);
  }

  /** The quota is known to be what refused so many requests. */
  usedUp(now: number, requests: number): void {
    if (this.#idle) this.#begin(now);
    this.#usedUp += requests;
    this.#look(now);
  }

  get #idle(): boolean {
    return this.#refused + this.#usedUp === 0 && this.#rate === Number.POSITIVE_INFINITY;
  }

  #begin(now: number): void {
    this.#began = now;
    this.#taken = 0;
    this.#refused = 0;
    this.#usedUp = 0;
  }

  #look(now: number): void {
    const lasted = now - this.#began;
    const answers = this.#taken + Math.max(this.#refused, this.#usedUp);
    // One that lasted long had pauses in it, and tells no rate.
    const isOver = lasted >= LONGEST || (lasted >= SHORTEST && answers >= ANSWERS);
    if (!isOver) return;
    const passed = (1_000 * this.#taken) / lasted;
    const few = Math.max(FEW, TOLERATED * answers);
    const isHeld = this.#rate !== Number.POSITIVE_INFINITY;
    const isFarOff = this.#usedUp > (isHeld ? FAR_OFF * answers : few);
    if (lasted < 2 * LONGEST && isFarOff) this.#cutTo(now, Math.min(this.#rate, passed));
    else if (lasted < 2 * LONGEST && isHeld && this.#refused > few) this.#cutTo(now, DECREASE * this.#rate);
    else if (now - this.#cut > FORGET_AFTER) this.#rate = Number.POSITIVE_INFINITY;
    else if (passed > USED * this.#rate) this.#increase(lasted / 1_000, now - this.#cut > LONG_CALM);
    this.#begin(now);
  }

  #cutTo(now: number, rate: number): void {
    this.#rate = Math.max(LEAST_RATE, rate);
    this.#cut = now;
  }

  #increase(seconds: number, isCalm: boolean): void {
    this.#rate += seconds * Math.max(INCREASE * Math.sqrt(this.#rate), isCalm ? CALM_INCREASE * this.#rate : 0);
  }
}
