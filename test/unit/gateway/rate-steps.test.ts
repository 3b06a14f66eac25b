import { describe, expect, it } from 'vitest';
import { AdaptiveRateLimit } from '../../../lib/gateway/adaptive-rate-limit.ts';

const FREE = Number.POSITIVE_INFINITY;

interface Answers {
  readonly taken: number;
  readonly refused?: number;
  /** Of these, what the quota is known to have refused. */
  readonly usedUp?: number;
}

/** What is answered in an interval, the last of it at its end. @returns the rate behind it. */
const answer = (
  limit: AdaptiveRateLimit,
  began: number,
  ended: number,
  { taken, refused = 0, usedUp = 0 }: Answers,
): number => {
  for (let n = 0; n < refused; n++) limit.refused(began);
  if (usedUp > 0) limit.usedUp(began, usedUp);
  for (let n = 1; n < taken; n++) limit.taken(began);
  limit.taken(ended);
  return limit.rate;
};

/** A pace whose first refusal came at 0. */
const refusedOnce = (): AdaptiveRateLimit => {
  const limit = new AdaptiveRateLimit();
  limit.refused(0);
  return limit;
};

/** One that was cut to 700 posts a second at 100 ms. */
const held = (): AdaptiveRateLimit => {
  const limit = new AdaptiveRateLimit();
  limit.usedUp(0, 30);
  expect(answer(limit, 0, 100, { taken: 70 })).toBe(700);
  return limit;
};

describe('where nothing is held back', () => {
  it.each<[string, number, Answers, number]>([
    ['99 answers say nothing yet', 100, { taken: 96, usedUp: 3 }, FREE],
    ['100 do, if more than two of them were refused by the quota', 100, { taken: 97, usedUp: 3 }, 970],
    ['two are none', 100, { taken: 98, usedUp: 2 }, FREE],
    ['nor are two of a hundred, of more', 100, { taken: 97, refused: 2, usedUp: 2 }, FREE],
    ['49 ms say nothing yet', 49, { taken: 97, usedUp: 3 }, FREE],
    ['50 ms do', 50, { taken: 97, usedUp: 3 }, 1_940],
    ['999 ms with few answers say nothing yet', 999, { taken: 60, usedUp: 3 }, FREE],
    ['a second does', 1_000, { taken: 60, usedUp: 3 }, 60],
    ['nobody is cut below 20', 1_000, { taken: 19, usedUp: 3 }, 20],
    ['what lasted for nearly two seconds tells a rate', 1_999, { taken: 60, usedUp: 3 }, 60 / 1.999],
    ['what lasted longer had pauses in it, and tells none', 2_000, { taken: 60, usedUp: 3 }, FREE],
    ['what the quota is not known to have refused cuts nothing', 100, { taken: 50, refused: 50 }, FREE],
  ])('%s', (_, now, answers, rate) => {
    const limit = new AdaptiveRateLimit();
    expect(answer(limit, 0, now, answers)).toBeCloseTo(rate, 6);
  });

  it('has a turn at once', () => {
    expect(refusedOnce().turn(0, 0)).toBe(0);
  });
});

describe('where the rate is 700', () => {
  it.each<[string, number, Answers, number]>([
    ['a fifth refused by the quota is no more than too much', 200, { taken: 80, refused: 20, usedUp: 20 }, 665],
    ['more makes it what passed', 200, { taken: 68, refused: 21, usedUp: 32 }, 680],
    ['never more than it was', 150, { taken: 79, refused: 21, usedUp: 21 }, 700],
    ['three of a hundred refused are too much', 200, { taken: 97, refused: 3 }, 665],
    ['two are not, and it grows', 200, { taken: 98, refused: 2 }, 700 + 0.1 * 5 * Math.sqrt(700)],
    ['it grows where more than four fifths of it were used', 1_100, { taken: 561 }, 700 + 5 * Math.sqrt(700)],
    ['it stays where they were not', 1_100, { taken: 560 }, 700],
  ])('%s', (_, now, answers, rate) => {
    const limit = held();
    expect(answer(limit, 100, now, answers)).toBeCloseTo(rate, 6);
  });

  it.each([
    [10_100, 5 * Math.sqrt(700)],
    [10_101, 0.2 * 700],
  ])('it grows at %i ms by about %d a second: by a share ten seconds after it was cut', (now, growth) => {
    const limit = held();
    // Few pass for long.
    expect(answer(limit, 100, now - 500, { taken: 1 })).toBe(700);
    expect(answer(limit, now - 500, now, { taken: 500 })).toBeCloseTo(700 + growth / 2, 6);
  });

  it.each([
    [60_100, 700],
    [60_101, FREE],
  ])('it is at %i ms, a minute after it was cut, without refusals: %d', (now, rate) => {
    expect(answer(held(), 100, now, { taken: 1 })).toBe(rate);
  });

  it('has turns after one another, no later than asked for, of which those of ten milliseconds go together', () => {
    const limit = held();
    const step = 1_000 / 700;
    expect(limit.turn(1_000, 1_000)).toBe(0);
    const waits = Array.from({ length: 20 }, () => limit.turn(1_000, FREE));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
    expect(waits.at(-1)).toBeCloseTo(21 * step - 10, 6);
    expect(limit.turn(1_000, 1_000 + 22 * step - 10.01)).toBe(FREE);
    expect(limit.turn(1_000, 1_000 + 22 * step - 9.99)).toBeCloseTo(22 * step - 10, 6);
  });
});
