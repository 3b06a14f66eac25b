/** What frames of the service travel over, as far as it shapes them. */
export interface Transport {
  /** Bytes of one frame, UTF-8, at most. */
  readonly frameBytes: number;
  /** How frames are compressed; undefined where they are not. */
  readonly compression: Compression | undefined;
  /** @returns a name for a message that travels in chunks: up to 16 characters, none of them escaped in JSON */
  readonly chunkId: () => string;
}

interface Compression {
  /** Bytes above which a frame is compressed. */
  readonly threshold: number;
  /** @returns the frame compressed by deflate with its zlib header, in base64 */
  readonly deflate: (frame: Uint8Array) => string;
}

/**
 * API Gateway’s limits of a WebSocket API. It closes a connection that sends or is sent a larger frame.
 * Source: API Gateway quotas for WebSocket APIs, "WebSocket frame size".
 */
export const API_GATEWAY = { frameBytes: 32_768 } as const;
