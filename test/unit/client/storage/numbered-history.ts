/** A broadcast as a client sends it. */
export interface Numbered {
  readonly id: string;
  readonly channel: string;
  readonly data: unknown;
  readonly sequence?: { readonly publisher: string; readonly number: number; readonly sent?: number };
}

/** Milliseconds for which ids are remembered. */
const IDS = 5 * 60_000;
/** Milliseconds by which clocks may differ. */
const SKEW = 60_000;
const WINDOW = 100;

/**
 * What a service does with numbered broadcasts of one user, as the decision on sequences has it. It appends at once, and holds
 * clients to what they promise of their numbers.
 */
export class NumberedHistory {
  readonly log: Numbered[] = [];
  /** Promises of clients that were broken, in words. */
  readonly problems: string[] = [];
  readonly refusals = { SEQUENCE_USED: 0, SEQUENCE_UNKNOWN: 0 };
  readonly #now: () => number;
  /** When each number was appended, and as which write. */
  #numbers = new Map<string, Map<number, { readonly at: number; readonly id: string }>>();
  readonly #ids = new Map<string, number>();
  /** When the last thing was used that was forgotten. */
  #forgotten = Number.NEGATIVE_INFINITY;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Forgets all publishers. */
  forget(): void {
    this.#numbers = new Map();
    this.#forgotten = this.#now();
  }

  /** @returns the answer. */
  take(write: Numbered): object {
    const { id, channel, sequence } = write;
    const now = this.#now();
    const ack = { type: 'ack', id };
    const isRepeated = now - (this.#ids.get(id) ?? Number.NEGATIVE_INFINITY) < IDS;
    if (sequence === undefined) {
      if (!isRepeated) this.#append(write);
      return ack;
    }
    const { publisher, number, sent } = sequence;
    if (sent !== undefined && sent > now) this.problems.push(`${id} was sent at ${sent}, and it is ${now}`);
    const key = `${publisher} ${channel}`;
    const numbers = this.#numbers.get(key) ?? new Map();
    this.#numbers.set(key, numbers);
    const appended = numbers.get(number);
    const highest = Math.max(0, ...numbers.keys());
    if (number <= highest - WINDOW && appended === undefined) this.problems.push(`${number} comes after ${highest}`);
    if (appended !== undefined) {
      return sent !== undefined && appended.at >= sent ? ack : this.#refuse('SEQUENCE_USED');
    }
    if (sent !== undefined && sent <= this.#forgotten + SKEW) return this.#refuse('SEQUENCE_UNKNOWN');
    numbers.set(number, { at: now, id });
    if (!isRepeated) this.#append(write);
    return ack;
  }

  #append(write: Numbered): void {
    this.log.push(write);
    this.#ids.set(write.id, this.#now());
  }

  #refuse(code: 'SEQUENCE_USED' | 'SEQUENCE_UNKNOWN'): object {
    this.refusals[code]++;
    return { type: 'error', error: { code, message: code } };
  }
}
