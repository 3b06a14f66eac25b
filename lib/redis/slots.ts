/** Slots of a cluster, by the cluster specification. */
const SLOTS = 16_384;

/** CRC-16/XMODEM of each byte, as the cluster specification has it. */
const CRC = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0);
  return crc;
});

const extend = (crc: number, byte: number): number => ((crc << 8) & 0xffff) ^ (CRC[(crc >> 8) ^ byte] as number);

/** @param tag - what stands between the braces of a key. */
export const slotOf = (tag: string): number => Buffer.from(tag).reduce(extend, 0) % SLOTS;

const ZERO = 48;

let tags: readonly string[] | undefined;

/** By slot, the least number that lies there when it is a hash tag. */
const allTags = (): readonly string[] => {
  const found: string[] = [];
  // A number is the one before its last digit, and that digit.
  const crcs: number[] = [];
  for (let number = 0, left = SLOTS; left > 0; number++) {
    const before = number < 10 ? 0 : (crcs[Math.floor(number / 10)] as number);
    const crc = extend(before, ZERO + (number % 10));
    crcs.push(crc);
    if (found[crc % SLOTS] !== undefined) continue;
    found[crc % SLOTS] = String(number);
    left--;
  }
  return found;
};

/** A hash tag that lies in a slot. */
export const tagOfSlot = (slot: number): string => {
  tags ??= allTags();
  return tags[slot] as string;
};
