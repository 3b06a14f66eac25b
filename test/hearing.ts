import type { Heard } from './contracts/announcer.contract.ts';

/** Where a back-end stands in a channel. */
interface Place {
  readonly epoch: string;
  readonly offset: number;
}

/**
 * A back-end that does as the protocol has it: leaves out what comes again, and looks whether anything is missing. What it
 * finds wrong is in `problems`.
 */
export class Hearing {
  readonly problems: string[] = [];
  /** Ids of events by channel, each once, in the order in which it heard them. */
  readonly ids = new Map<string, string[]>();
  /** Offsets that were declared to be gone, by channel. */
  readonly gone = new Map<string, number[]>();
  /** Messages that it had heard already. */
  repeats = 0;
  readonly #places = new Map<string, Place>();
  /** What it heard under an offset. */
  readonly #known = new Map<string, string>();

  hear({ channel, user, event, gap }: Heard): void {
    const key = user === undefined ? channel : `${channel} for ${user}`;
    const { epoch, from, to } =
      event === undefined
        ? (gap ?? { epoch: '', from: 0, to: 0 })
        : { epoch: event.epoch, from: event.offset, to: event.offset };
    const place = this.#places.get(key);
    if (event !== undefined) this.#compare(`${key} ${epoch} ${event.offset}`, JSON.stringify(event));
    if (place?.epoch === epoch && to <= place.offset) {
      this.repeats++;
      return;
    }
    const last = place?.epoch === epoch ? place.offset : 0;
    if (place !== undefined && from > last + 1) this.problems.push(`${key}: ${from} came behind ${last}`);
    this.#places.set(key, { epoch, offset: to });
    if (event !== undefined) this.ids.set(key, [...(this.ids.get(key) ?? []), event.id]);
    else {
      const offsets = Array.from({ length: to - Math.max(from, last + 1) + 1 }, (_, i) => Math.max(from, last + 1) + i);
      this.gone.set(key, [...(this.gone.get(key) ?? []), ...offsets]);
    }
  }

  #compare(at: string, said: string): void {
    const before = this.#known.get(at);
    if (before !== undefined && before !== said) this.problems.push(`${at} was ${before}, and is ${said}`);
    this.#known.set(at, said);
  }
}
