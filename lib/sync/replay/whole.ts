import type { History, HistoryName, StoredEvent } from '../../ports/history.ts';
import { ANSWER_BYTES, isToBeRead } from './budget.ts';

/** An event and the history it is of. */
export interface Replayed {
  readonly name: HistoryName;
  readonly event: StoredEvent;
}

/**
 * Reads the data of the first of some events that were read without it, as far as one answer holds.
 *
 * @param most - bytes of the largest data that the reader can take; larger is not read.
 * @returns the events from the first on, each with its data, undefined where it is gone by now.
 */
export const wholeOf = async (
  history: History,
  replayed: readonly Replayed[],
  most: number,
): Promise<readonly (StoredEvent | undefined)[]> => {
  let bytes = 0;
  const reached = replayed.findIndex(({ event }) => {
    bytes += isToBeRead(event, most) ? (event.apart as number) : 0;
    return bytes > ANSWER_BYTES;
  });
  const some = replayed.slice(0, reached < 0 ? replayed.length : Math.max(1, reached));
  const apart = some.filter(({ event }) => isToBeRead(event, most));
  if (apart.length === 0) return some.map(({ event }) => event);
  const pages = await history.read(
    apart.map(({ name, event: { epoch, offset, apart: size = 0 } }) => ({
      ...{ name, from: { after: { epoch, offset: offset - 1 } } },
      ...{ most: 1, bytes: size },
    })),
    {},
  );
  const brought = new Map(apart.map(({ event }, i) => [event, pages[i]?.events[0]]));
  return some.map(({ event }) => {
    if (!brought.has(event)) return event;
    const read = brought.get(event);
    return read?.epoch === event.epoch && read.offset === event.offset ? read : undefined;
  });
};
