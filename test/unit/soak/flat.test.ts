import { describe, expect, it } from 'vitest';
import { courseOf } from '../../soak/flat.ts';

const MINUTE = 60_000;
const TOLERANCE = { share: 0.05, amount: 4 };

/** Half an hour, four samples a minute. */
const run = (value: (minute: number) => number) =>
  Array.from({ length: 120 }, (_, n) => ({ at: (n * MINUTE) / 4, value: value(n / 4) }));

/** Garbage that comes and goes. */
const noise = (minute: number): number => 10 * Math.sin(minute * 7);

describe('what is flat', () => {
  it.each([
    ['what stays', () => 100],
    ['what comes and goes', (minute: number) => 100 + noise(minute)],
    ['what grows while it warms up', (minute: number) => Math.min(100, minute * 15) + noise(minute)],
    ['what shrinks', (minute: number) => 100 - minute],
    ['what has a peak', (minute: number) => (minute > 14 && minute < 15 ? 300 : 100)],
  ])('%s', (_, value) => {
    expect(courseOf(run(value), TOLERANCE)).toMatchObject({ isFlat: true });
  });

  it.each([
    ['what grows', (minute: number) => 100 + minute],
    ['what grows under noise', (minute: number) => 100 + 1.5 * minute + noise(minute)],
    ['what jumps late', (minute: number) => (minute > 22 ? 120 : 100)],
    ['what grows in steps', (minute: number) => 100 + 8 * Math.floor(minute / 5)],
  ])('is not %s', (_, value) => {
    expect(courseOf(run(value), TOLERANCE)).toMatchObject({ isFlat: false });
  });

  it('cannot be told from a few samples', () => {
    expect(() => courseOf(run(() => 1).slice(0, 8), TOLERANCE)).toThrow('Too few');
  });
});
