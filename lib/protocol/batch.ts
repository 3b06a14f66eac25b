import { bytesOf } from './utf8.ts';

const OPEN = '{"type":"batch","messages":[';
const CLOSE = ']}';
const UTF8 = new TextEncoder();
const OPEN_BYTES = UTF8.encode(OPEN);
const CLOSE_BYTES = UTF8.encode(CLOSE);
const COMMA_BYTES = UTF8.encode(',');

/** Bytes of a batch around its messages, and between two of them. */
const AROUND = OPEN.length + CLOSE.length;
const BETWEEN = 1;

/** What goes into one frame: messages from `start` up to but not including `end`, and the bytes of the batch they make. */
interface Run {
  readonly start: number;
  readonly end: number;
  readonly size: number;
}

/** Divides messages into as few runs as keep their order and fit. One that is too large stands alone. */
function* runsOf(sizes: readonly number[], most: number): Generator<Run> {
  let start = 0;
  let size = AROUND;
  for (const [i, own] of sizes.entries()) {
    const grown = size + own + (i > start ? BETWEEN : 0);
    if (grown > most && i > start) {
      yield { start, end: i, size };
      start = i;
      size = AROUND + own;
    } else size = grown;
  }
  if (start < sizes.length) yield { start, end: sizes.length, size };
}

const joined = (messages: readonly Uint8Array[], size: number): Uint8Array => {
  const frame = new Uint8Array(size);
  frame.set(OPEN_BYTES);
  let at = OPEN_BYTES.length;
  for (const [i, message] of messages.entries()) {
    if (i > 0) {
      frame.set(COMMA_BYTES, at);
      at += BETWEEN;
    }
    frame.set(message, at);
    at += message.length;
  }
  frame.set(CLOSE_BYTES, at);
  return frame;
};

/**
 * Puts encoded messages into as few `batch` frames as keep their order and fit.
 *
 * @param messages - JSON objects in UTF-8.
 * @param most - bytes of one frame.
 * @returns frames of at most `most` bytes; but a message that stands alone in its frame is that frame as it is (the same
 *   object), whatever its size.
 */
export function packBatches(messages: readonly Uint8Array[], most: number): readonly Uint8Array[] {
  const sizes = messages.map(({ length }) => length);
  return Array.from(runsOf(sizes, most), ({ start, end, size }) =>
    end - start === 1 ? (messages[start] as Uint8Array) : joined(messages.slice(start, end), size),
  );
}

/** The same for messages as texts. @returns frames as texts, each within the frame size where each message is. */
export function packTexts(messages: readonly string[], most: number): readonly string[] {
  return Array.from(runsOf(messages.map(bytesOf), most), ({ start, end }) =>
    end - start === 1 ? (messages[start] as string) : `${OPEN}${messages.slice(start, end).join()}${CLOSE}`,
  );
}
