const LENGTH_IN_TWO_BYTES = 126;
const LENGTH_IN_EIGHT_BYTES = 127;
const MASK = 4;

/**
 * Watches the bytes of a WebSocket pass and reads off each frame how large it is, which a WebSocket library tells only
 * of whole messages. Frames as in RFC 6455, section 5.2.
 */
export class FrameMeter {
  readonly #onFrame: (size: number) => void;
  /** Bytes of a header that has not come whole yet. */
  #header = Buffer.alloc(0);
  /** Bytes of mask and payload still to pass. */
  #toPass = 0;

  /** @param onFrame - called with the payload’s size in bytes, as soon as a frame’s header has passed. */
  constructor(onFrame: (size: number) => void) {
    this.#onFrame = onFrame;
  }

  /** Takes the next bytes, cut anywhere. */
  pass(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#toPass > 0) {
        const passing = Math.min(this.#toPass, rest.length);
        this.#toPass -= passing;
        rest = rest.subarray(passing);
        continue;
      }
      this.#header = Buffer.concat([this.#header, rest.subarray(0, 1)]);
      rest = rest.subarray(1);
      const frame = frameOf(this.#header);
      if (frame === undefined) continue;
      this.#header = Buffer.alloc(0);
      this.#toPass = frame.size + (frame.masked ? MASK : 0);
      this.#onFrame(frame.size);
    }
  }
}

/** What a header says, without its mask; undefined while it is not whole. */
const frameOf = (header: Buffer): { readonly size: number; readonly masked: boolean } | undefined => {
  if (header.length < 2) return undefined;
  const second = header.readUInt8(1);
  const masked = second >= 0x80;
  const length = second & 0x7f;
  if (length === LENGTH_IN_TWO_BYTES) {
    return header.length < 4 ? undefined : { size: header.readUInt16BE(2), masked };
  }
  if (length === LENGTH_IN_EIGHT_BYTES) {
    return header.length < 10 ? undefined : { size: Number(header.readBigUInt64BE(2)), masked };
  }
  return { size: length, masked };
};
