import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EarnedWindow } from '../../../lib/sync/earned-window.ts';

const SHARD = 'events.0';
/** Posts a second of a shard, and milliseconds that events gather at the most. */
const PACE = 100;
const MOST = 1_000;

/** Plays batches one after another, each as soon as it may begin and something waits. @returns when each began. */
const play = (window: EarnedWindow, postsOf: (batch: number) => number, until: number, took = 5): number[] => {
  const begun: number[] = [];
  for (let now = 0, batch = 0; now < until; batch++) {
    begun.push(now);
    const ended = now + took;
    now = Math.max(ended, now + window.after(SHARD, postsOf(batch), now, ended));
  }
  return begun;
};

const gapsOf = (begun: readonly number[]): number[] => begun.slice(1).map((at, i) => at - (begun[i] as number));

describe('a window that is earned', () => {
  it('stays closed where a shard posts less than it may', () => {
    const window = new EarnedWindow(PACE, MOST);
    for (let at = 0; at < 60_000; at += 100) expect(window.after(SHARD, 9, at, at + 5)).toBe(0);
  });

  it('settles at the shortest that posts no more than it may', () => {
    const gaps = gapsOf(play(new EarnedWindow(PACE, MOST), () => 40, 120_000)).slice(-100);
    for (const gap of gaps) expect(gap).toBeCloseTo(400, 6);
  });

  it('is no longer than it may be, whatever was posted', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(100_000), fc.nat(5_000), fc.nat(5_000))), (batches) => {
        const window = new EarnedWindow(PACE, MOST);
        let now = 0;
        for (const [posts, took, idle] of batches) {
          const length = window.after(SHARD, posts, now, now + took);
          expect(length).toBeGreaterThanOrEqual(0);
          expect(length).toBeLessThanOrEqual(MOST);
          now += Math.max(took, length) + idle;
        }
      }),
    );
  });

  it('posts no more than it may over any minute, but for what was saved, if every batch may gather so long', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: (PACE * MOST) / 1_000 }), { minLength: 1 }), (sizes) => {
        const postsOf = (batch: number): number => sizes[batch % sizes.length] as number;
        const begun = play(new EarnedWindow(PACE, MOST), postsOf, 60_000);
        const posted = begun.reduce((sum, _, batch) => sum + postsOf(batch), 0);
        const largest = Math.max(...sizes);
        expect(posted).toBeLessThanOrEqual(PACE * 60 + PACE * 10 + 2 * largest);
      }),
    );
  });

  it('closes again once a shard is quiet', () => {
    const window = new EarnedWindow(PACE, MOST);
    play(window, () => 100, 60_000);
    expect(window.after(SHARD, 1, 75_000, 75_005)).toBe(0);
  });

  it('asks nothing of one shard for what another posts', () => {
    const window = new EarnedWindow(PACE, MOST);
    play(window, () => 10_000, 10_000);
    expect(window.after('events.1', 10, 10_000, 10_005)).toBe(0);
  });
});
