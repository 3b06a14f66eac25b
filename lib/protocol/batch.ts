import { MAX_FRAME_BYTES } from './limits.ts';

const UTF8 = new TextEncoder();
const OPEN = UTF8.encode('{"type":"batch","messages":[');
const CLOSE = UTF8.encode(']}');
const COMMA = UTF8.encode(',');

const joined = (messages: readonly Uint8Array[], size: number): Uint8Array => {
  const frame = new Uint8Array(size);
  frame.set(OPEN);
  let at = OPEN.length;
  for (const [i, message] of messages.entries()) {
    if (i > 0) {
      frame.set(COMMA, at);
      at += COMMA.length;
    }
    frame.set(message, at);
    at += message.length;
  }
  frame.set(CLOSE, at);
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
export function packBatches(messages: readonly Uint8Array[], most: number = MAX_FRAME_BYTES): readonly Uint8Array[] {
  const frames: Uint8Array[] = [];
  const around = OPEN.length + CLOSE.length;
  let pending: Uint8Array[] = [];
  let size = around;
  const flush = (): void => {
    if (pending.length > 0) frames.push(pending.length === 1 ? (pending[0] as Uint8Array) : joined(pending, size));
    pending = [];
    size = around;
  };
  for (const message of messages) {
    const grown = size + message.length + (pending.length > 0 ? COMMA.length : 0);
    if (grown > most) flush();
    size += message.length + (pending.length > 0 ? COMMA.length : 0);
    pending.push(message);
  }
  flush();
  return frames;
}

/** The same for messages as texts. @returns frames as texts, each within the frame size where each message is. */
export function encodeBatch(messages: readonly string[]): readonly string[] {
  const text = new TextDecoder();
  return packBatches(messages.map((message) => UTF8.encode(message))).map((frame) => text.decode(frame));
}
