import { expect, it, vi } from 'vitest';
import type { AdaptiveRateLimit } from '../../../lib/gateway/adaptive-rate-limit.ts';
import { Quota } from '../../../lib/gateway/quota.ts';

const setUp = () => {
  const usedUp = vi.fn();
  const quota = new Quota({ usedUp } as unknown as AdaptiveRateLimit);
  /** So many connections take, at a time, what was refused twice before. @returns what the last is answered. */
  const serve = (count: number, now: number): boolean | undefined => {
    let isAsked: boolean | undefined;
    for (let n = 0; n < count; n++) isAsked = quota.served(`c${n}`, 2, now);
    return isAsked;
  };
  return { usedUp, quota, serve };
};

it.each([
  [16, false],
  [17, true],
])('whether it is the quota is asked where more than 16 connections tell of it: %i', (count, isAsked) => {
  const { serve, usedUp } = setUp();
  expect(serve(count, 0)).toBe(isAsked);
  expect(usedUp).not.toHaveBeenCalled();
});

it('one connection tells of it once, however often it was refused', () => {
  const { quota } = setUp();
  for (let n = 0; n < 100; n++) expect(quota.served('c', 1, 0)).toBe(false);
});

it.each([
  [1_000, true],
  [1_001, false],
])('those are counted that tell of it within a second: the last after %i ms', (later, isAsked) => {
  const { quota, serve } = setUp();
  serve(16, 500);
  expect(quota.served('last', 1, 500 + later)).toBe(isAsked);
});

it('the pace is told of every refusal once, as soon as the gateway has said that it is the quota', () => {
  const { quota, serve, usedUp } = setUp();
  serve(17, 100);
  quota.confirmed(200);
  expect(usedUp.mock.calls).toEqual([[200, 34]]);
  expect(quota.served('more', 3, 300)).toBe(false);
  expect(usedUp.mock.calls).toEqual([
    [200, 34],
    [300, 3],
  ]);
});

it('the pace is told nothing by 16 connections, though the gateway says that it is the quota', () => {
  const { quota, serve, usedUp } = setUp();
  serve(16, 100);
  quota.confirmed(200);
  expect(usedUp).not.toHaveBeenCalled();
  quota.served('one more', 2, 300);
  expect(usedUp.mock.calls).toEqual([[300, 34]]);
});

it.each([
  [4_999, false],
  [5_000, true],
])('the gateway is believed for five seconds: %i ms later it is asked again: %s', (later, isAsked) => {
  const { quota, serve } = setUp();
  quota.confirmed(100);
  expect(serve(17, 100 + later)).toBe(isAsked);
});

it('what was seen is forgotten where the gateway says that it is not the quota', () => {
  const { quota, serve, usedUp } = setUp();
  serve(17, 0);
  quota.denied();
  expect(quota.served('c20', 1, 1)).toBe(false);
  quota.confirmed(2);
  expect(usedUp).not.toHaveBeenCalled();
  serve(17, 3);
  expect(usedUp).toHaveBeenLastCalledWith(3, 2);
  // Of what was seen before it, nothing is told.
  expect(usedUp.mock.calls.reduce((sum, [, refusals]) => sum + refusals, 0)).toBe(1 + 2 * 17);
});

it('it may be the quota while more than 16 connections are refused', () => {
  const { quota } = setUp();
  for (let n = 0; n < 16; n++) quota.refused(`c${n}`);
  quota.refused('c0');
  expect(quota.mayRefuse(0)).toBe(false);
  quota.refused('c16');
  expect(quota.mayRefuse(0)).toBe(true);
  quota.ended('c16');
  expect(quota.mayRefuse(0)).toBe(false);
});

it.each([
  [4_999, true],
  [5_000, false],
])('it may be the quota for five seconds once the gateway said so: %i ms later: %s', (later, may) => {
  const { quota } = setUp();
  expect(quota.mayRefuse(100)).toBe(false);
  quota.confirmed(100);
  expect(quota.mayRefuse(100 + later)).toBe(may);
});
