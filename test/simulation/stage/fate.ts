import { SeededRandom } from '../../seeded-random.ts';

/** Kinds of fault, and how likely each is wherever it may befall something: what found most is the most likely. */
export const LIKELY = {
  /** A call was carried out, and its answer never came. */
  'answer lost': 0.03,
  /** A call was not carried out. */
  refused: 0.03,
  /** A call takes long, and its answer comes yet. */
  late: 0.05,
  /** A call is carried out after its caller has given it up. */
  belated: 0.01,
  /** What is called goes away, for this call and all others, for a while. */
  away: 0.004,
  /** A call never comes back; its function ends at its timeout. */
  'for ever': 0.003,
  /** A function is killed before its call, or behind it. */
  'killed before': 0.01,
  'killed behind': 0.01,
  /** A function stands still for a while, and goes on. */
  frozen: 0.015,
  /** A gateway answers 429, 410 or 500 for one post. */
  throttled: 0.03,
  'falsely gone': 0.005,
  'gateway error': 0.02,
  /** A batch was done, and comes back. */
  'ack lost': 0.05,
  /** A batch comes back while it is being done, and is handed to another. */
  'consumer lost': 0.05,
  /** A consumer is gone and the broker does not notice; another begins with what is behind its batch. */
  'consumer silent': 0.1,
  /** A function begins anew, though another would be free. */
  cold: 0.1,
  /** Nobody is told that a connection has ended. */
  'end untold': 0.3,
  /** A function runs where the clock is wrong, by less than promises allow for. */
  'clock differs': 0.1,
  /** A handshake is refused. */
  'handshake refused': 0.05,
} as const;

export type Fault = keyof typeof LIKELY;

export const FAULTS = Object.keys(LIKELY) as readonly Fault[];

/** A fault that befell something, under a name that another run of the plan knows it by. */
export interface Happened {
  readonly name: string;
  readonly fault: Fault;
}

/** A fault that is to befall a call, whatever is drawn for it: the first that is made while things go wrong. */
export interface Meant {
  /** The name of a port with that of a member, as the table has it. */
  readonly call: string;
  readonly fault: Fault;
}

/** @param text - a call, a space, and a fault; undefined where it does not end with one. */
export const meantBy = (text: string): Meant | undefined => {
  const fault = FAULTS.find((each) => text.endsWith(` ${each}`));
  return fault === undefined ? undefined : { call: text.slice(0, -fault.length - 1), fault };
};

/** FNV-1a, of UTF-16 code units. Source: Fowler, Noll and Vo, "The FNV Non-Cryptographic Hash Algorithm". */
export const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
};

/** Where something may happen. */
interface Place {
  readonly stream: SeededRandom;
  /** How often it might have. */
  count: number;
}

/**
 * Everything that is left to chance in a plan. Each place where something may happen draws from a stream of its own, so that
 * what is taken away in one place changes nothing in the others by itself.
 */
export class Fate {
  readonly #seed: number;
  readonly #off: ReadonlySet<Fault>;
  readonly #spared: ReadonlySet<string>;
  readonly #places = new Map<string, Place>();
  readonly happened: Happened[] = [];
  #meant: Meant | undefined;
  #isCalm = false;

  /**
   * @param off - kinds of fault that do not happen.
   * @param spared - names of those that do not.
   * @param meant - one that does, even of a kind that does not.
   */
  constructor(seed: number, off: ReadonlySet<Fault>, spared: ReadonlySet<string>, meant?: Meant) {
    this.#seed = seed;
    this.#off = off;
    this.#spared = spared;
    this.#meant = meant;
  }

  /** The chance of one place. */
  at(place: string): SeededRandom {
    return this.#placeOf(place).stream;
  }

  #placeOf(name: string): Place {
    let place = this.#places.get(name);
    if (place === undefined) {
      place = { stream: new SeededRandom(hashOf(`${this.#seed} ${name}`)), count: 0 };
      this.#places.set(name, place);
    }
    return place;
  }

  /** Whether nothing goes wrong any more. */
  get isCalm(): boolean {
    return this.#isCalm;
  }

  /**
   * Which of some faults befalls what happens at a place now; none, mostly.
   *
   * @param times - how many times as likely as elsewhere.
   * @param call - the call that is made there, as the table has it.
   */
  befalls(place: string, among: readonly Fault[], times = 1, call?: string): Fault | undefined {
    const known = this.#placeOf(place);
    let dice = known.stream.next();
    const count = ++known.count;
    if (this.#isCalm) return undefined;
    const drawn = among.find((fault) => {
      dice -= this.#off.has(fault) ? 0 : times * LIKELY[fault];
      return dice < 0;
    });
    const fault = this.#meantFor(call, among) ?? drawn;
    if (fault === undefined) return undefined;
    const name = `${place} ${count}`;
    if (this.#spared.has(name)) return undefined;
    this.happened.push({ name, fault });
    return fault;
  }

  /** What is meant for a call, once. */
  #meantFor(call: string | undefined, among: readonly Fault[]): Fault | undefined {
    const meant = this.#meant;
    if (meant === undefined || meant.call !== call || !among.includes(meant.fault)) return undefined;
    this.#meant = undefined;
    return meant.fault;
  }

  /** From now on nothing goes wrong. */
  calm(): void {
    this.#isCalm = true;
  }
}
