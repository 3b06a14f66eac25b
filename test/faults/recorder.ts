import type { Position } from '../../lib/protocol/position.ts';
import type { Seen } from './checker.ts';

/** What a back-end is told of a channel: an event, or offsets that are gone. */
export interface Told {
  readonly channel: string;
  readonly epoch: string;
  /** Of an event both are its offset. */
  readonly from: number;
  readonly to: number;
  /** Of an event. */
  readonly id?: string;
}

/**
 * What a back-end keeps, whoever of it is killed: where it stands in each channel. So it leaves out what comes again, and
 * writes down what it heard for the first time. It does not write down what was said to be gone: these runs lose nothing,
 * so an offset that is left out for that is one that is missing.
 */
export class Recorder {
  readonly #seen: Seen[];
  readonly #listener: string;
  readonly #places = new Map<string, Position>();

  /** @param seen - where it is written down. */
  constructor(seen: Seen[], listener: string) {
    this.#seen = seen;
    this.#listener = listener;
  }

  hear({ channel, epoch, to, id }: Told): void {
    const place = this.#places.get(channel);
    if (place?.epoch === epoch && to <= place.offset) return;
    this.#places.set(channel, { epoch, offset: to });
    if (id === undefined) return;
    const at = Date.now();
    this.#seen.push({ type: 'heard', at, listener: this.#listener, channel, id, epoch, offset: to, private: false });
  }
}
