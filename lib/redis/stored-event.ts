import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Broadcast } from '../ports/broadcast.ts';
import type { StoredEvent } from '../ports/history.ts';
import type { Priority } from '../protocol/priority.ts';

/** Bytes of data from which compressing is worth its time. */
const THRESHOLD = 1_024;

const PLAIN = Buffer.from([0]);
const DEFLATED = Buffer.from([1]);

/** An event as the fields that `append.lua` takes and `read.lua` gives. */
export type StoredFields = readonly [category: string, priority: string, head: string, data: Buffer];

/**
 * @param level - of deflate, 1 to 9; 0 for none.
 */
export const encodeStored = (broadcast: Broadcast, level: number): StoredFields => {
  const { category, priority, id, userId } = broadcast;
  const data = Buffer.from(broadcast.data);
  const deflated = level > 0 && data.length >= THRESHOLD ? deflateRawSync(data, { level }) : undefined;
  const body =
    deflated !== undefined && deflated.length < data.length
      ? Buffer.concat([DEFLATED, deflated])
      : Buffer.concat([PLAIN, data]);
  return [category, priority, JSON.stringify([id, userId ?? null]), body];
};

/** @param entry - the stream entry’s id: offset-timestamp. */
export const decodeStored = (
  epoch: string,
  [entry, category, priority, head, data]: readonly [Buffer, Buffer, Buffer, Buffer, Buffer],
): StoredEvent => {
  const [offset, timestamp] = entry.toString('latin1').split('-');
  const [id, userId] = JSON.parse(head.toString()) as [string, string | null];
  const body = data.subarray(1);
  return {
    epoch,
    offset: Number(offset),
    timestamp: Number(timestamp),
    id,
    category: category.toString(),
    priority: priority.toString() as Priority,
    ...(userId === null ? {} : { userId }),
    data: (data[0] === DEFLATED[0] ? inflateRawSync(body) : body).toString(),
  };
};
