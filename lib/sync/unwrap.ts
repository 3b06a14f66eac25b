import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import type { Caller } from '../ports/connection.ts';
import type { Scratch } from '../ports/scratch.ts';
import { type Frame, parseFrame } from '../protocol/codec/decode.ts';
import { ProtocolError } from '../protocol/errors.ts';
import type { Chunk, Compressed } from '../protocol/messages/wrapping.ts';
import type { Admitted } from './admit.ts';

interface World {
  readonly scratch: Scratch;
  readonly compression: { readonly enabled: boolean };
  readonly limits: { readonly messageSize: number };
}

const refuse = (text: string, cause?: unknown): never => {
  throw new ProtocolError('INVALID_MESSAGE', text, { cause });
};

const assertSize = (text: string, most: number): void => {
  if (Buffer.byteLength(text) > most) throw tooLarge(most);
};

const tooLarge = (most: number, cause?: unknown): ProtocolError =>
  new ProtocolError('MESSAGE_TOO_LARGE', `A message may have ${most} bytes`, { cause });

/** The message that a piece completed; undefined while others are missing. */
const joined = async ({ scratch, limits }: World, caller: Caller, chunk: Chunk): Promise<string | undefined> => {
  const most = limits.messageSize;
  const assembled = await scratch.addChunk(caller.id, chunk, most);
  switch (assembled) {
    case 'incomplete':
      return undefined;
    case 'too-large':
      throw tooLarge(most);
    case 'too-many':
      throw new ProtocolError('TOO_MANY_CHUNKS', 'Too much is under way; finish a message first', {
        retryAfter: 1_000,
      });
    case 'other-total':
      return refuse('total: expected the same in every chunk of a message');
  }
  assertSize(assembled.whole, most);
  return assembled.whole;
};

const inflated = promisify(inflate);

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes that one byte of deflate comes to at the most. Source: zlib, "Technical Details", maximum compression factor. */
const MOST_EXPANSION = 1_032;

/** @throws ProtocolError before more than a message may have was written out: no bomb goes off. */
const decompressed = async ({ limits }: World, { data }: Compressed): Promise<string> => {
  try {
    return UTF8.decode(await inflated(Buffer.from(data, 'base64'), { maxOutputLength: limits.messageSize }));
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge(limits.messageSize, cause);
    return refuse('data: expected JSON text in UTF-8, compressed by deflate', cause);
  }
};

const typeOf = ({ value }: Frame): unknown => ('type' in value ? value.type : undefined);

/** A frame whose message can be read; the one that came, unless it was wrapped. */
export interface Unwrapped {
  readonly frame: Frame;
  readonly wasWrapped: boolean;
  /** Characters that came compressed; as many as were sent of all else. */
  readonly unpacked: number;
}

/**
 * Undoes what a message may travel in: chunks, and within them or by itself compression, and no more than that.
 *
 * @param owe - told of characters, at most, that were unpacked in vain: they cost as much as others.
 * @returns undefined for a chunk while others of its message are missing.
 * @throws ProtocolError INVALID_JSON, INVALID_MESSAGE, MESSAGE_TOO_LARGE, TOO_MANY_CHUNKS, NOT_AVAILABLE
 * @throws DependencyAway
 */
export const unwrap = async (
  world: World,
  caller: Admitted,
  frame: Frame,
  owe: (unpacked: number) => void,
): Promise<Unwrapped | undefined> => {
  const { capabilities, away } = caller;
  let inner = frame;
  let unpacked = 0;
  if (typeOf(inner) === 'chunk') {
    if (!capabilities.chunk) refuse('type: a client that sends chunks declares the capability');
    const piece = inner.message();
    const whole = piece.type === 'chunk' ? await joined(world, caller, piece) : undefined;
    if (whole === undefined) return undefined;
    inner = parseFrame(whole);
  }
  if (typeOf(inner) === 'compressed') {
    // It may have been declared since.
    if (!capabilities.compression && away !== undefined) throw away;
    if (!capabilities.compression) refuse('type: a client that sends compressed messages declares the capability');
    const packed = inner.message();
    if (packed.type === 'compressed') {
      if (!world.compression.enabled) throw new ProtocolError('NOT_AVAILABLE', 'Compression is switched off here');
      unpacked = Math.min(world.limits.messageSize, MOST_EXPANSION * packed.data.length);
      try {
        const text = await decompressed(world, packed);
        unpacked = text.length;
        inner = parseFrame(text);
      } catch (error) {
        owe(unpacked);
        throw error;
      }
    }
  }
  return { frame: inner, wasWrapped: inner !== frame, unpacked };
};
