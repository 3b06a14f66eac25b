import type { StoredEvent } from '../../ports/history.ts';

/** Bytes of data that one answer holds, about: a few copies of it fit into a small function’s memory. */
export const ANSWER_BYTES = 4 * 2 ** 20;

/** Bytes of an event beside its data, about. */
const AROUND_DATA = 300;

/** Whether an event’s data has more bytes than that. A large one is not unpacked for it. */
const isLarger = (event: StoredEvent, most: number): boolean =>
  most !== Number.POSITIVE_INFINITY && (event.isLarger?.(most) ?? Buffer.byteLength(event.data) > most);

/** What of an event goes into an answer, and what it takes of its budget, in bytes. */
export interface Weighed {
  /** Its data does not travel: it is too large for its reader. */
  readonly isOmitted: boolean;
  readonly bytes: number;
}

/**
 * @param event - whose data is here, or not needed.
 * @param most - bytes of the largest data that its reader can take.
 */
export const weigh = (event: StoredEvent, most: number): Weighed => {
  const isOmitted = isLarger(event, most);
  return { isOmitted, bytes: AROUND_DATA + (isOmitted ? 0 : event.data.length) };
};

/** Whether the data of an event has to be read by itself before it can be told. */
export const isToBeRead = (event: StoredEvent, most: number): boolean =>
  event.apart !== undefined && !isLarger(event, most);
