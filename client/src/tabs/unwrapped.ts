import { readServiceFrame, type ServiceFrame } from '../../../lib/protocol/codec/service-frame.ts';
import { inflateStreaming } from '../inflate-streaming.ts';

/** A message, or a batch of them. */
export type Inner = Exclude<ServiceFrame, { readonly type: 'chunk' | 'compressed' }>;

/**
 * Undoes chunks and compression, and leaves what is in them as the text that it was: what a publisher wrote stays as it was
 * written. In the order of the frames, though decompression takes a while.
 *
 * @param onBroken - told of a frame that cannot be read, as it came.
 * @returns what takes a frame.
 */
export const unwrapped = (
  onMessage: (message: Inner, text: string) => void,
  onBroken: (frame: string) => void,
): ((frame: string) => void) => {
  /** Pieces of messages that wait for the rest, for as long as the connection lives. */
  const partial = new Map<string, string[]>();
  const read = async (text: string): Promise<void> => {
    const message = readServiceFrame(text);
    if (message?.type === 'compressed') await read(await inflateStreaming(message.data, message.encoding));
    else if (message?.type === 'chunk') {
      const { id, index, total, data } = message;
      const parts = partial.get(id) ?? [];
      partial.set(id, parts);
      parts[index] = data;
      if (Object.keys(parts).length < total) return;
      partial.delete(id);
      await read(parts.join(''));
    } else if (message !== undefined) onMessage(message, text);
  };
  let turn = Promise.resolve();
  return (frame) => {
    turn = turn.then(() => read(frame)).catch(() => onBroken(frame));
  };
};
