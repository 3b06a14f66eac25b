import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Broadcast } from '../ports/broadcast.ts';
import type { StoredEvent } from '../ports/history.ts';
import type { Priority } from '../protocol/priority.ts';

/** Bytes of data from which compressing is worth its time. */
const THRESHOLD = 1_024;

const PLAIN = Buffer.from([0]);
const DEFLATED = Buffer.from([1]);

/**
 * Before the name of data that stands elsewhere. It reads as deflated data whose first block is of the type that no
 * deflate writes (RFC 1951, 3.2.3), so functions that know no such names fail, and do not take the name for the data.
 */
const REFERENCE = Buffer.from([1, 7]);

/** An event as the fields that `append.lua` takes and `read.lua` gives. */
export type StoredFields<Data extends Buffer | string = Buffer | string> = readonly [
  category: string,
  priority: string,
  head: string,
  data: Data,
];

/**
 * @param level - of deflate, 1 to 9; 0 for none.
 */
export const encodeStored = (broadcast: Broadcast, level: number): StoredFields<Buffer> => {
  const { category, priority, id, userId, traceparent } = broadcast;
  const data = Buffer.from(broadcast.data);
  const deflated = level > 0 && data.length >= THRESHOLD ? deflateRawSync(data, { level }) : undefined;
  const body =
    deflated !== undefined && deflated.length < data.length
      ? Buffer.concat([DEFLATED, deflated])
      : Buffer.concat([PLAIN, data]);
  const head = [id, userId ?? null, ...(traceparent === undefined ? [] : [traceparent])];
  return [category, priority, JSON.stringify(head), body];
};

/** Bytes of stored data from which a name is shorter by so much that what several histories share is worth a key. */
const SHARED_FROM = 256;

/** Characters of a name: 192 bits of SHA-256, which nobody finds two texts for. */
const NAME = 32;

/** Data that several histories share, under a name that says what it holds. */
export interface SharedData {
  readonly name: string;
  readonly data: Buffer;
  /** What stands in each entry in its place, in ASCII: its name, and how many bytes it has. */
  readonly reference: string;
}

/** @returns undefined where each history had better hold the data by itself. */
export const sharedOf = (broadcast: Broadcast, data: Buffer): SharedData | undefined => {
  if (data.length < SHARED_FROM || new Set(broadcast.targetUsers).size < 2) return undefined;
  const name = createHash('sha256').update(data).digest('base64url').slice(0, NAME);
  return { name, data, reference: `${REFERENCE.toString('latin1')}${name}:${data.length}` };
};

/** The name of the data that stands elsewhere; undefined where it is the data itself, or was not read. */
export const nameOfShared = (data: Buffer): string | undefined =>
  data[0] === REFERENCE[0] && data[1] === REFERENCE[1] ? data.toString('latin1', 2, 2 + NAME) : undefined;

/** Bytes of data that is not packed up to which it is read with its event: to put it off costs more than that. */
const READ_AT_ONCE = 4_096;

/** Reads data that may be packed, when it is asked for, and then once. */
const unpacking = (stored: Buffer) => {
  const body = stored.subarray(1);
  const isPacked = stored[0] === DEFLATED[0];
  let text: string | undefined;
  return {
    text: (): string => {
      text ??= (isPacked ? inflateRawSync(body) : body).toString();
      return text;
    },
    isLarger: (bytes: number): boolean => {
      if (!isPacked || body.length > bytes) return body.length > bytes;
      try {
        text ??= inflateRawSync(body, { maxOutputLength: Math.max(1, bytes) }).toString();
        return Buffer.byteLength(text) > bytes;
      } catch (error) {
        if (error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') return true;
        throw error;
      }
    },
  };
};

/**
 * @param entry - the stream entry’s id: offset-timestamp.
 * @param size - bytes of the data as they are stored; without the data where that was not read.
 */
export const decodeStored = (
  epoch: string,
  [entry, category, priority, head, data]: readonly [Buffer, Buffer, Buffer, Buffer, Buffer],
  size: number,
): StoredEvent => {
  const [offset, timestamp] = entry.toString('latin1').split('-');
  const [id, userId, traceparent] = JSON.parse(head.toString()) as [string, string | null, string?];
  const said = {
    epoch,
    offset: Number(offset),
    timestamp: Number(timestamp),
    id,
    category: category.toString(),
    priority: priority.toString() as Priority,
    ...(userId === null ? {} : { userId }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  // What is stored is smaller than what it stands for.
  if (data.length < size) return { ...said, data: 'null', apart: size, isLarger: (bytes) => size - 1 > bytes };
  if (data[0] !== DEFLATED[0] && size <= READ_AT_ONCE) return { ...said, data: data.subarray(1).toString() };
  const { text, isLarger } = unpacking(data);
  return {
    ...said,
    get data() {
      return text();
    },
    isLarger,
  };
};
