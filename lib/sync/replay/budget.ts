import type { StoredEvent } from '../../ports/history.ts';

/** Bytes of data that one answer holds, about: a few copies of it fit into a small function’s memory. */
export const ANSWER_BYTES = 4 * 2 ** 20;

/** Channels that one answer looks into; of each also its user’s private events. */
export const ANSWER_CHANNELS = 1_000;

/** Round trips in which one answer is read: what it has not found by then, another goes on to look for. */
export const ANSWER_TRIPS = 32;

/** Bytes of an event beside its data, about. */
const AROUND_DATA = 300;

/** Whether an event’s data has more bytes than that. A large one is not unpacked for it. */
const isLarger = (event: StoredEvent, most: number): boolean =>
  most !== Number.POSITIVE_INFINITY && (event.isLarger?.(most) ?? Buffer.byteLength(event.data) > most);

/** What of an event goes into an answer. */
export interface Weighed {
  /** Its data does not travel: it is too large for its reader. */
  readonly isOmitted: boolean;
}

/** What one answer has room for, in bytes. */
export class Room {
  #left: number;
  #isEmpty = true;

  /** @param bytes - about. */
  constructor(bytes = ANSWER_BYTES) {
    this.#left = bytes;
  }

  /**
   * Takes room for an event. Data for which there is none is not unpacked; the first event has room, whatever it takes.
   *
   * @param event - whose data is here, or not needed.
   * @param most - bytes of the largest data that its reader can take.
   * @returns undefined where there is no room.
   */
  take(event: StoredEvent, most: number): Weighed | undefined {
    const isOmitted = isLarger(event, most);
    const room = this.#isEmpty ? Number.POSITIVE_INFINITY : this.#left - AROUND_DATA;
    if (room < 0 || (!isOmitted && isLarger(event, room))) return undefined;
    this.#isEmpty = false;
    this.#left -= AROUND_DATA + (isOmitted ? 0 : event.data.length);
    return { isOmitted };
  }
}

/** Whether the data of an event has to be read by itself before it can be told. */
export const isToBeRead = (event: StoredEvent, most: number): boolean =>
  event.apart !== undefined && !isLarger(event, most);
