import { packBatches } from '../../protocol/batch.ts';
import type { Capabilities } from '../../protocol/capabilities.ts';
import { encodeEvent, encodeOmittedEvent } from '../../protocol/frame.ts';
import { MAX_FRAME_BYTES } from '../../protocol/limits.ts';
import type { EventHead } from '../../protocol/messages/event.ts';
import { type CompressionSettings, onTheWire } from './wire.ts';

/** An event of a batch, encoded once for all who hear it. */
export class EncodedEvent {
  readonly bytes: Uint8Array;
  readonly #head: EventHead;
  #omitted: Uint8Array | undefined;

  /** @param data - JSON text. */
  constructor(head: EventHead, data: string) {
    this.bytes = encodeEvent(head, data);
    this.#head = head;
  }

  /** The same without its data, for who cannot take it whole. */
  get omitted(): Uint8Array {
    this.#omitted ??= encodeOmittedEvent(this.#head);
    return this.#omitted;
  }
}

/**
 * The frames in which a client hears events: as few and as small as its capabilities allow, in order, each at most
 * `MAX_FRAME_BYTES`.
 *
 * @param events - in the order in which they are to be heard.
 */
export const framesOf = (
  events: readonly EncodedEvent[],
  capabilities: Capabilities,
  compression: CompressionSettings,
): readonly Uint8Array[] => {
  /** Of those too large for a frame, as they travel; none where the client cannot take them whole. */
  const wrapped = new Map<Uint8Array, readonly Uint8Array[]>();
  const messages = events.map((event) => {
    const { bytes } = event;
    if (bytes.length <= MAX_FRAME_BYTES) return bytes;
    const frames = onTheWire(bytes, capabilities, compression);
    if (frames === undefined) return event.omitted;
    wrapped.set(bytes, frames);
    return bytes;
  });
  const frames = capabilities.batch ? packBatches(messages) : messages;
  return frames.flatMap((frame) => wrapped.get(frame) ?? onTheWire(frame, capabilities, compression) ?? []);
};
