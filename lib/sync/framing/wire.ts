import { randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import type { Capabilities } from '../../protocol/capabilities.ts';
import { chunksOf } from '../../protocol/chunk.ts';
import { MAX_FRAME_BYTES } from '../../protocol/limits.ts';

/** Level of deflate: the one at which a higher one costs more than it saves. */
export const COMPRESSION_LEVEL = 6;

export interface CompressionSettings {
  readonly enabled: boolean;
  /** Bytes above which a frame is compressed. */
  readonly threshold: number;
}

export const NO_COMPRESSION: CompressionSettings = { enabled: false, threshold: 0 };

const UTF8 = new TextEncoder();

const compressed = (frame: Uint8Array): Uint8Array => {
  const data = deflateSync(frame, { level: COMPRESSION_LEVEL }).toString('base64');
  return UTF8.encode(`{"type":"compressed","encoding":"deflate","data":"${data}"}`);
};

/**
 * A message as it travels to a client: compressed where the client takes that and it is smaller so, and in pieces where
 * it is then still too large for a frame and the client takes that.
 *
 * @param message - the text of a frame in UTF-8, of any size.
 * @returns frames of at most `MAX_FRAME_BYTES`; undefined where there is no way for this client.
 */
export const onTheWire = (
  message: Uint8Array,
  capabilities: Capabilities,
  { enabled, threshold }: CompressionSettings,
): readonly Uint8Array[] | undefined => {
  const small = enabled && capabilities.compression && message.length > threshold ? compressed(message) : message;
  const frame = small.length < message.length ? small : message;
  if (frame.length <= MAX_FRAME_BYTES) return [frame];
  if (!capabilities.chunk) return undefined;
  const id = randomBytes(9).toString('base64url');
  return chunksOf(new TextDecoder().decode(frame), id).map((chunk) => UTF8.encode(chunk));
};
