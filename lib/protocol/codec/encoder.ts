import { packBatches, packTexts } from '../batch.ts';
import type { Capabilities } from '../capabilities.ts';
import { chunksOf } from '../chunk.ts';
import type { Matched } from '../matched.ts';
import type { EventMessage } from '../messages/event.ts';
import type { ServerMessage } from '../messages/table.ts';
import { encodeInParts } from '../parts.ts';
import type { Transport } from '../transport.ts';
import { fits } from '../utf8.ts';
import { endOf, eventText, matchedWithin, omittedText } from './encode-event.ts';
import { eventsTexts } from './encode-events.ts';

/** Several messages that are said at once, in their order. */
interface Batch {
  readonly type: 'batch';
  readonly messages: readonly ServerMessage[];
}

/** What the service may say to a client. */
export type Said = ServerMessage | Batch;

const UTF8 = new TextEncoder();

/** An event that says what it fits. One that has room in a frame by itself has it with what it says. */
const withMatched = (plain: Uint8Array, matched: Matched | undefined, frameBytes: number): Uint8Array => {
  if (matched === undefined) return plain;
  const room = frameBytes - plain.length + 1;
  const said = room > 0 ? matchedWithin(matched, (end) => fits(end, room)) : matched;
  if (said === undefined) return plain;
  const end = UTF8.encode(endOf(said));
  const bytes = new Uint8Array(plain.length - 1 + end.length);
  bytes.set(plain.subarray(0, -1));
  bytes.set(end, plain.length - 1);
  return bytes;
};

/**
 * Makes frames of messages, for one transport: answers in parts, events without their data where they are too large,
 * batches, compression, chunks. It is the only one who knows how large a frame may be.
 */
export class Encoder {
  readonly #transport: Transport;
  /** Of each event, as it travels by itself: it is written once, whoever hears it. */
  readonly #events = new WeakMap<EventMessage, Uint8Array>();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * @param capabilities of the client that is told
   * @returns the frames of a message, as texts, each at most as large as the transport takes; each is made when it is asked
   *   for
   */
  *frames(message: Said, capabilities: Capabilities): Generator<string> {
    for (const text of this.#texts(message, capabilities.chunk)) {
      const frames = this.#isPlain(text, capabilities)
        ? 'as it is'
        : this.#wrapped(UTF8.encode(text), () => text, capabilities);
      if (frames === undefined) throw new Error(`A message of ${text.length} characters fits no frame`);
      if (frames === 'as it is') yield text;
      else yield* frames;
    }
  }

  /** @returns bytes of the largest data of an event that a client can take */
  mostData({ chunk }: Capabilities): number {
    return chunk ? Number.POSITIVE_INFINITY : this.#transport.frameBytes;
  }

  /**
   * @param events in the order in which they are to be heard
   * @param capabilities of the clients that hear them
   * @param matched for each event what it says that it fits; undefined where none says that
   * @returns the frames in which they hear them, in UTF-8: as few and as small as the capabilities allow
   */
  eventFrames(
    events: readonly EventMessage[],
    capabilities: Capabilities,
    matched?: readonly Matched[],
  ): readonly Uint8Array[] {
    const { frameBytes } = this.#transport;
    /** Of those too large for a frame, as they travel; none where the client cannot take them whole. */
    const large = new Map<Uint8Array, readonly Uint8Array[]>();
    const decoded = (frame: Uint8Array) => () => new TextDecoder().decode(frame);
    const messages = events.map((event, i) => {
      const bytes = withMatched(this.#bytesOf(event), matched?.[i], frameBytes);
      if (bytes.length <= frameBytes) return bytes;
      const frames = this.#wrappedBytes(bytes, decoded(bytes), capabilities);
      if (frames === undefined) return UTF8.encode(omittedText({ ...event, ...(matched && { matched: matched[i] }) }));
      large.set(bytes, frames);
      return bytes;
    });
    const frames = capabilities.batch ? packBatches(messages, frameBytes) : messages;
    return frames.flatMap((frame) => large.get(frame) ?? this.#wrappedBytes(frame, decoded(frame), capabilities) ?? []);
  }

  #bytesOf(event: EventMessage): Uint8Array {
    let bytes = this.#events.get(event);
    if (bytes === undefined) {
      bytes = UTF8.encode(eventText(event));
      this.#events.set(event, bytes);
    }
    return bytes;
  }

  /** A message as texts, each of a message. @param whole - large ones are written whole, for who takes them in pieces. */
  #texts(message: Said, whole: boolean): Iterable<string> {
    const { frameBytes } = this.#transport;
    switch (message.type) {
      case 'state':
      case 'replay':
        return eventsTexts(message, whole, frameBytes);
      case 'event':
        return [eventText(message)];
      case 'batch':
        return packTexts(
          message.messages.map((each) => JSON.stringify(each)),
          frameBytes,
        );
      default:
        return whole ? [JSON.stringify(message)] : encodeInParts(message, frameBytes);
    }
  }

  /** Whether a text is a frame as it is, told without looking into it: none has more bytes than thrice its characters. */
  #isPlain(text: string, { compression }: Capabilities): boolean {
    const compresses = compression && this.#transport.compression !== undefined;
    return !compresses && 3 * text.length <= this.#transport.frameBytes;
  }

  /**
   * A message as it travels: compressed where the client takes that and it is smaller so, and in pieces where it is then
   * still too large for a frame and the client takes that.
   *
   * @returns undefined where there is no way for this client
   */
  #wrapped(
    bytes: Uint8Array,
    text: () => string,
    { chunk, compression }: Capabilities,
  ): readonly string[] | 'as it is' | undefined {
    const { compression: settings, frameBytes, chunkId } = this.#transport;
    let small: string | undefined;
    if (compression && settings !== undefined && bytes.length > settings.threshold) {
      small = `{"type":"compressed","encoding":"deflate","data":"${settings.deflate(bytes)}"}`;
      // It is ASCII: it has as many bytes as characters.
      if (small.length >= bytes.length) small = undefined;
    }
    if ((small?.length ?? bytes.length) <= frameBytes) return small === undefined ? 'as it is' : [small];
    if (!chunk) return undefined;
    return chunksOf(small ?? text(), chunkId(), frameBytes);
  }

  #wrappedBytes(bytes: Uint8Array, text: () => string, capabilities: Capabilities): readonly Uint8Array[] | undefined {
    const frames = this.#wrapped(bytes, text, capabilities);
    return frames === 'as it is' ? [bytes] : frames?.map((frame) => UTF8.encode(frame));
  }
}
