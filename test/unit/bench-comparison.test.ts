import { describe, expect, it } from 'vitest';
import { type Comparison, compare, type Paired, ratioOf } from '../../bench/compare/comparison.ts';
import { medianInterval } from '../../bench/compare/interval.ts';
import { seededRandom } from '../../localstack/strict/random.ts';

const ten = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

const paired = (better: Paired['better'], before: readonly number[], after: readonly number[]): Paired => ({
  name: 'post.cpu',
  unit: 'µs',
  better,
  before,
  after,
});

/** Of ten pairs with these ratios, where higher is better. */
const compared = (...ratios: readonly number[]): Comparison =>
  compare(
    paired(
      'higher',
      Array(ratios.length).fill(100),
      ratios.map((ratio) => 100 * ratio),
    ),
  );

describe('the interval of a median', () => {
  it('is between two order statistics where their probability is the level', () => {
    expect(medianInterval(ten, 1 - 22 / 1_024)).toEqual([2, 9]);
    expect(medianInterval(ten, 1 - 2 / 1_024)).toEqual([1, 10]);
  });

  it('of ten values at 90 % is a little wider than from the third to the eighth', () => {
    const [low, high] = medianInterval(ten.toReversed(), 0.9);
    expect(low).toBeCloseTo(2.971, 3);
    expect(high).toBeCloseTo(8.029, 3);
  });

  it.each([
    ['a uniform', (random: () => number) => random() - 0.5],
    ['a skewed', (random: () => number) => -Math.log(1 - random()) - Math.LN2],
  ])('holds the median of %s distribution nine times of ten', (_, draw) => {
    const random = seededRandom(11);
    const runs = 4_000;
    let held = 0;
    for (let run = 0; run < runs; run++) {
      const values = ten.map(() => draw(random));
      const [low, high] = medianInterval(values, 0.9);
      if (low <= 0 && high >= 0) held++;
    }
    expect(held / runs).toBeGreaterThan(0.885);
    expect(held / runs).toBeLessThan(0.915);
  });

  it('is refused where the values are too few', () => {
    expect(() => medianInterval([1, 2, 3, 4], 0.9)).toThrow('4 values are too few for an interval of 90 %');
    expect(medianInterval([1, 2, 3, 4, 5], 0.9)[0]).toBeLessThan(2);
  });
});

describe('a comparison', () => {
  it('has ratios above 1 where it became better, whichever direction is better', () => {
    expect(ratioOf('higher', 100, 150)).toBe(1.5);
    expect(ratioOf('lower', 150, 100)).toBe(1.5);
    expect(ratioOf('lower', 100, 200)).toBe(0.5);
  });

  it('takes counts that are zero', () => {
    expect(ratioOf('lower', 0, 0)).toBe(1);
    const more = compare(paired('lower', Array(10).fill(0), Array(10).fill(1)));
    expect([more.ratio, more.verdict]).toEqual([0, 'worse']);
    const fewer = compare(paired('lower', Array(10).fill(1), Array(10).fill(0)));
    expect([fewer.ratio, fewer.verdict]).toEqual([Number.POSITIVE_INFINITY, 'no worse']);
  });

  it('the other way round comes to the inverse', () => {
    const random = seededRandom(5);
    const [before, after] = [ten.map(() => 50 + random()), ten.map(() => 60 + random())];
    const one = compare(paired('higher', before, after));
    const other = compare(paired('higher', after, before));
    expect(1 / other.ratio).toBeCloseTo(one.ratio, 10);
    expect(1 / other.interval[0]).toBeCloseTo(one.interval[1], 10);
    expect(compare(paired('lower', after, before)).interval).toEqual(one.interval);
  });

  it('goes by the pairs: what slows both of a pair says nothing', () => {
    const slower = ten.map((n) => 100 * n);
    const { ratio, verdict } = compare(
      paired(
        'higher',
        slower,
        slower.map((value) => 0.9 * value),
      ),
    );
    expect(ratio).toBeCloseTo(0.9, 10);
    expect(verdict).toBe('worse');
  });

  it('is worse only where the whole interval lies below 0.95', () => {
    expect(compared(0.8, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.94, 0.94, 1.2).verdict).toBe('worse');
    expect(compared(0.8, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.96, 0.96, 1.2).verdict).toBe('open');
    expect(compared(0.8, 0.96, 0.96, 1, 1, 1, 1, 1, 1, 1.2).verdict).toBe('no worse');
    expect(compared(0.8, 0.9, 0.94, 1, 1, 1, 1, 1, 1, 1.2).verdict).toBe('open');
  });
});
