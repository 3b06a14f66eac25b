import { WRAPPINGS } from './messages/table.ts';

/** What counts as the messages it holds. */
const HOLDING: ReadonlySet<string> = new Set(
  Object.values(WRAPPINGS).flatMap(({ type, counts }) => (counts === 'what it holds' ? [type] : [])),
);

const typeOf = (value: unknown): string => {
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  return typeof type === 'string' ? type.slice(0, 20) : '';
};

const heldBy = (frame: object | undefined): readonly unknown[] => {
  const held: unknown = frame !== undefined && 'messages' in frame ? frame.messages : undefined;
  const isBatch = HOLDING.has(typeOf(frame)) && Array.isArray(held) && held.length > 0;
  return isBatch ? held : [frame];
};

/**
 * What a frame counts as: the message it is, or, for a batch, those it holds, well-formed or not.
 *
 * @param frame the frame’s JSON value; undefined for one that has none, which is a message without a type
 * @returns how many messages there are of each type, at least one
 */
export function messagesOf(frame: object | undefined): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const message of heldBy(frame)) {
    const type = typeOf(message);
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return counts;
}

/** What a point buys beside a message. Each is at most the work that three pings are. */
const NAMES = 4;
const BYTES = 8_192;
/** Bytes that are stored once more for each user beside the first. */
const COPIED_BYTES = 16_384;

/** An expression may have to be compiled, which takes as long as so many names. */
const EXPRESSION = 12;

/** Histories that an answer looks into, names of channels it goes through to find these, and bytes of the data in it. */
const HISTORIES = 16;
const LISTED = 128;
const READ_BYTES = 32_768;

const listOf = (message: object, name: string): readonly unknown[] => {
  const list: unknown = Reflect.get(message, name);
  return Array.isArray(list) ? list : [];
};

const namesOf = (message: object): number => {
  const positions: unknown = 'positions' in message ? message.positions : undefined;
  const named = typeof positions === 'object' && positions !== null ? Object.keys(positions).length : 0;
  const patterns = listOf(message, 'patterns').reduce((names: number, pattern) => {
    const isExpression = typeof pattern === 'string' && pattern.startsWith('/');
    return names + (isExpression ? EXPRESSION : 1);
  }, 0);
  return named + patterns + listOf(message, 'channels').length;
};

/** Each is stored in a history of its own, which may begin with it: the work of one to two pings, and up to 6 KB. */
const copiesOf = (message: object): number => Math.max(0, listOf(message, 'targetUsers').length - 1);

const copiedBytesOf = (message: object): number => {
  const copies = copiesOf(message);
  if (copies === 0 || !('data' in message)) return 0;
  const { data } = message;
  return copies * (typeof data === 'string' ? data.length : (JSON.stringify(data)?.length ?? 0));
};

/** Bytes that an event takes beside its data, about: its entry, and its id among those that are remembered. */
const AROUND_DATA = 200;

/** Bytes that its publisher takes where its writes have numbers, about, which are remembered. */
const AROUND_SEQUENCE = 300;

/** The same of one that is stored once more, for another user: 80 in a history that is there, and 5,600 where one begins, which nobody knows before. */
const AROUND_COPY = 1_024;

/** Bytes that are kept of a frame, about. */
export interface Holding {
  /** In histories, times the copies. */
  readonly stored: number;
  /** Until a message is whole. */
  readonly passing: number;
}

/**
 * What is kept of a frame: what it broadcasts, once more for each user beside the first, or a piece of a message.
 *
 * @param frame the frame’s JSON value; undefined for one that has none
 * @param bytes of its text
 */
export function holdingOf(frame: object | undefined, bytes: number): Holding {
  if (typeOf(frame) === 'chunk') return { stored: 0, passing: bytes };
  let stored = 0;
  for (const message of heldBy(frame)) {
    if (typeof message !== 'object' || message === null || !('channel' in message && 'data' in message)) continue;
    // The text of the frame is that of all broadcasts in it.
    if (stored === 0) stored = bytes;
    if ('sequence' in message) stored += AROUND_SEQUENCE;
    stored += AROUND_DATA + AROUND_COPY * copiesOf(message) + copiedBytesOf(message);
  }
  return { stored, passing: 0 };
}

/**
 * The work that an answer turned out to be, in points and parts of one: it is charged once it is known.
 *
 * @param histories that were read for it, each time that one was
 * @param bytes of the data in it
 * @param listed names of channels that it went through, heard or not
 */
export function answerWorkOf(histories: number, bytes: number, listed = 0): number {
  return histories / HISTORIES + bytes / READ_BYTES + listed / LISTED;
}

/**
 * The work that a frame is beside its messages, in points: one for so many names of channels and patterns, one for each user
 * beside the first for whom something is stored, one for so many bytes, one for so many that are stored for several users.
 * Nothing is asked of it that takes longer than reading it.
 *
 * @param frame the frame’s JSON value; undefined for one that has none
 * @param bytes of its text
 * @returns points, without those that `messagesOf` counts; 0 for what is small
 */
export function workOf(frame: object | undefined, bytes: number): number {
  let names = 0;
  let copies = 0;
  let copied = 0;
  for (const message of heldBy(frame)) {
    if (typeof message !== 'object' || message === null) continue;
    names += namesOf(message);
    copies += copiesOf(message);
    copied += copiedBytesOf(message);
  }
  return copies + Math.floor(names / NAMES) + Math.floor(bytes / BYTES) + Math.floor(copied / COPIED_BYTES);
}
