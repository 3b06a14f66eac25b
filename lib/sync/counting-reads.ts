import type { History } from '../ports/history.ts';
import type { Said } from '../protocol/codec/encoder.ts';
import { JsonText } from '../protocol/codec/json-text.ts';
import { answerWorkOf } from '../protocol/toll.ts';

/** A history that counts how many histories are read of it, the same one each time, and names of channels that it gives. */
class Counted implements History {
  readonly #inner: History;
  readonly append: History['append'];
  readonly remembered: History['remembered'];
  readonly fence: History['fence'];
  readonly positions: History['positions'];
  readonly time: History['time'];
  readonly activeChannels: History['activeChannels'];
  readonly privateChannels: History['privateChannels'];
  histories = 0;
  listed = 0;

  constructor(inner: History) {
    this.#inner = inner;
    this.append = (...args) => inner.append(...args);
    this.remembered = (...args) => inner.remembered(...args);
    this.fence = (...args) => inner.fence(...args);
    this.positions = (...args) => inner.positions(...args);
    this.time = () => inner.time();
    this.activeChannels = (...args) => this.#listing(inner.activeChannels(...args));
    this.privateChannels = (...args) => this.#listing(inner.privateChannels(...args));
  }

  read: History['read'] = (requests, filter) => {
    this.histories += requests.length;
    return this.#inner.read(requests, filter);
  };

  async *#listing(pages: AsyncIterable<readonly string[]>): AsyncIterable<readonly string[]> {
    for await (const page of pages) {
      this.listed += page.length;
      yield page;
    }
  }
}

const bytesOf = (said: Said): number => {
  if (said.type !== 'replay' && said.type !== 'state') return 0;
  return said.events.reduce((bytes, { data }) => bytes + (data instanceof JsonText ? data.text.length : 0), 0);
};

/** Bytes of the data in an answer. */
export const bytesOfAnswer = (said: readonly Said[]): number =>
  said.reduce((bytes, message) => bytes + bytesOf(message), 0);

/**
 * Counts what is read of the history, which nobody knows before it was read.
 *
 * @param owe - told of it in points, a part of one too, also where the reading failed.
 * @param bytesRead - the data in what was read.
 */
export const countingReads = async <T>(
  history: History,
  owe: (points: number) => void,
  read: (history: History) => Promise<T>,
  bytesRead: (found: T) => number,
): Promise<T> => {
  const counted = new Counted(history);
  let bytes = 0;
  try {
    const found = await read(counted);
    bytes = bytesRead(found);
    return found;
  } finally {
    const { histories, listed } = counted;
    if (histories + listed > 0) owe(answerWorkOf(histories, bytes, listed));
  }
};
