import { readServiceFrame, type ServiceFrame } from '../../lib/protocol/codec/service-frame.ts';
import type { Chunk, Compressed } from '../../lib/protocol/messages/wrapping.ts';
import { FrameError } from './errors.ts';
import { inflate } from './inflate.ts';
import type { ServerMessage } from './messages.ts';

/** Frames of one message that are waiting for the rest of it. */
const MAX_PARTIAL_MESSAGES = 64;

const parse = (text: string): ServiceFrame => {
  const frame = readServiceFrame(text);
  if (frame === undefined) throw new FrameError('no type');
  return frame;
};

/**
 * Undoes what frames may be wrapped in: batches, chunks and compression, in any nesting. Messages come out in the order
 * in which the frames came in (a chunked one in the place of its last chunk), though decompression takes a while.
 */
export class FrameReader {
  readonly #onMessage: (message: ServerMessage) => void;
  readonly #onBroken: (error: unknown) => void;
  readonly #partial = new Map<string, Map<number, string>>();
  /** Frames that came while one before them is being decompressed. */
  readonly #waiting: string[] = [];
  #busy = false;

  /** @param onBroken - told of a frame that cannot be read; it is left out. */
  constructor(onMessage: (message: ServerMessage) => void, onBroken: (error: unknown) => void) {
    this.#onMessage = onMessage;
    this.#onBroken = onBroken;
  }

  /** Takes the text of one frame: at once, unless one before it is being decompressed. */
  take(text: string): void {
    this.#waiting.push(text);
    if (!this.#busy) void this.#readAll();
  }

  async #readAll(): Promise<void> {
    this.#busy = true;
    for (let text = this.#waiting.shift(); text !== undefined; text = this.#waiting.shift()) {
      try {
        for (let frame = this.#read(parse(text)); frame !== undefined; ) {
          const inflated = inflate(frame.data, frame.encoding);
          frame = this.#read(parse(typeof inflated === 'string' ? inflated : await inflated));
        }
      } catch (error) {
        this.#onBroken(error);
      }
    }
    this.#busy = false;
  }

  /** Hands out the messages of a frame. @returns a frame to be decompressed first, if it is one. */
  #read(frame: ServiceFrame): Compressed | undefined {
    switch (frame.type) {
      case 'compressed':
        return frame;
      case 'batch':
        for (const message of frame.messages) this.#hand(message);
        return undefined;
      case 'chunk': {
        const whole = this.#join(frame);
        return whole === undefined ? undefined : this.#read(parse(whole));
      }
      default:
        this.#hand(frame);
        return undefined;
    }
  }

  #join({ id, index, total, data }: Chunk): string | undefined {
    const parts = this.#partial.get(id) ?? new Map<number, string>();
    parts.set(index, data);
    if (parts.size < total) {
      this.#partial.set(id, parts);
      const [oldest] = this.#partial.keys();
      if (this.#partial.size > MAX_PARTIAL_MESSAGES) this.#partial.delete(oldest as string);
      return undefined;
    }
    this.#partial.delete(id);
    return Array.from({ length: total }, (_, i) => parts.get(i)).join('');
  }

  #hand(message: ServerMessage): void {
    try {
      this.#onMessage(message);
    } catch (error) {
      this.#onBroken(error);
    }
  }
}
