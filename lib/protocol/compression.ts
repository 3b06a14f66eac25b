/** Level of deflate at which frames are compressed: a higher one costs more than it saves. */
export const COMPRESSION_LEVEL = 6;

/** Whether and when frames are compressed. */
export interface CompressionSettings {
  readonly enabled: boolean;
  /** Bytes above which a frame is compressed. */
  readonly threshold: number;
}

export const NO_COMPRESSION: CompressionSettings = { enabled: false, threshold: 0 };
