import { randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { Encoder } from '../protocol/codec/encoder.ts';
import { COMPRESSION_LEVEL, type CompressionSettings, NO_COMPRESSION } from '../protocol/compression.ts';
import { API_GATEWAY } from '../protocol/transport.ts';

const deflate = (frame: Uint8Array): string => deflateSync(frame, { level: COMPRESSION_LEVEL }).toString('base64');

/** Makes frames that API Gateway takes. */
export const apiGatewayEncoder = ({ enabled, threshold }: CompressionSettings): Encoder =>
  new Encoder({
    ...API_GATEWAY,
    compression: enabled ? { threshold, deflate } : undefined,
    chunkId: () => randomBytes(9).toString('base64url'),
  });

/** The same for what is said to clients in what everyone takes. */
export const plainEncoder = (): Encoder => apiGatewayEncoder(NO_COMPRESSION);
