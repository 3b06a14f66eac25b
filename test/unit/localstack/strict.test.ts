import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameMeter } from '../../../localstack/strict/frame-meter.ts';
import { seededRandom } from '../../../localstack/strict/random.ts';
import { TokenBucket } from '../../../localstack/strict/token-bucket.ts';

/** A frame as RFC 6455 writes it, with a payload of zeros. */
const frame = (size: number, masked: boolean): Buffer => {
  const mask = masked ? 0x80 : 0;
  const length =
    size < 126
      ? Buffer.from([mask | size])
      : size < 65_536
        ? Buffer.from([mask | 126, size >> 8, size & 0xff])
        : Buffer.concat([
            Buffer.from([mask | 127]),
            (() => {
              const eight = Buffer.alloc(8);
              eight.writeBigUInt64BE(BigInt(size));
              return eight;
            })(),
          ]);
  return Buffer.concat([Buffer.from([0x81]), length, Buffer.alloc(masked ? 4 : 0), Buffer.alloc(size)]);
};

describe('the frame meter', () => {
  it('reads off the size of every frame, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.oneof(fc.nat(300), fc.constantFrom(125, 126, 65_535, 65_536)), fc.boolean()), {
          maxLength: 6,
        }),
        fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 5 }),
        (frames, cuts) => {
          const sizes: number[] = [];
          const meter = new FrameMeter((size) => sizes.push(size));
          let bytes = Buffer.concat(frames.map(([size, masked]) => frame(size, masked)));
          for (let i = 0; bytes.length > 0; i++) {
            const cut = cuts[i % cuts.length] as number;
            meter.pass(bytes.subarray(0, cut));
            bytes = bytes.subarray(cut);
          }
          expect(sizes).toEqual(frames.map(([size]) => size));
        },
      ),
    );
  });

  it('tells of a frame before its payload has passed', () => {
    const sizes: number[] = [];
    const meter = new FrameMeter((size) => sizes.push(size));
    meter.pass(frame(40_000, true).subarray(0, 4));
    expect(sizes).toEqual([40_000]);
  });
});

describe('the token bucket', () => {
  it('gives what it holds, then what comes back', () => {
    const bucket = new TokenBucket(10, 3, 0);
    expect([0, 0, 0, 0].map((now) => bucket.take(now))).toEqual([true, true, true, false]);
    expect([99, 100, 100, 200].map((now) => bucket.take(now))).toEqual([false, true, false, true]);
  });

  it('holds no more than its most', () => {
    const bucket = new TokenBucket(1_000, 2, 0);
    expect([60_000, 60_000, 60_000].map((now) => bucket.take(now))).toEqual([true, true, false]);
  });
});

it('random numbers repeat with their seed, and differ without', () => {
  const numbers = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 50 }, random);
  };
  expect(numbers(7)).toEqual(numbers(7));
  expect(numbers(7)).not.toEqual(numbers(8));
  expect(numbers(7).every((number) => number >= 0 && number < 1)).toBe(true);
  expect(new Set(numbers(7)).size).toBe(50);
});
