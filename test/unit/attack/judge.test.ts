import { expect, it } from 'vitest';
import { areTimesJudged, judge, type Round } from '../../attack/judge.ts';

const round = (
  latency: number,
  more: { readonly growth?: number; readonly seen?: Partial<Round['seen']> } = {},
): Round => ({
  seen: { latencies: Array.from({ length: 100 }, () => latency), refused: [], lost: 0, foreign: 0, ...more.seen },
  assaulted: { sent: 1, bytes: 1, answers: 1, refused: 0, breaches: [] },
  growth: more.growth ?? 0,
  cpu: 1,
});

const control = [round(50), round(60), round(70)];

it('finds that the bounds of an attack held', () => {
  expect(judge([round(80), round(85), round(900)], control)).toMatchObject({ broken: [], isSlow: false });
});

it('finds a bystander who waits 1.5 times as long in most rounds', () => {
  expect(judge([round(80), round(95), round(96)], control)).toMatchObject({ isSlow: true, ratio: 95 / 60 });
  expect(judge([round(80)], [round(Number.NaN)]).isSlow).toBe(true);
  expect(judge([{ ...round(1), seen: { ...round(1).seen, latencies: [] } }], control).isSlow).toBe(true);
});

it.each([
  ['Redis that grows', { growth: 9 * 2 ** 20 }, 'Redis grows too much'],
  ['a bystander who is refused', { seen: { refused: ['RATE_LIMITED'] } }, '1 bystanders refused: RATE_LIMITED'],
  ['what was not heard', { seen: { lost: 2 } }, '2 broadcasts of bystanders not heard'],
  ['what none published', { seen: { foreign: 1 } }, 'bystanders heard 1 events that none of them published'],
])('finds %s', (_, more, broken) => {
  expect(judge([round(60, more)], control).broken).toEqual([broken]);
});

it('finds what should not have been possible', () => {
  const breaches = ['a forged call was taken'];
  const { assaulted, ...rest } = round(60);
  const breached = { ...rest, assaulted: { sent: 0, bytes: 0, answers: 0, refused: 0, ...assaulted, breaches } };
  expect(judge([round(60), breached, breached], control).broken).toEqual(breaches);
});

it('judges times where 99 of 100 broadcasts are quick without an attack', () => {
  expect(areTimesJudged({ p50: 5, p99: 150, growth: 0, cpu: 1 })).toBe(true);
  expect(areTimesJudged({ p50: 5, p99: 151, growth: 0, cpu: 1 })).toBe(false);
  expect(areTimesJudged({ p50: 5, p99: Number.NaN, growth: 0, cpu: 1 })).toBe(false);
});
