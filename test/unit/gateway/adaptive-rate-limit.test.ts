import { describe, expect, it } from 'vitest';
import { AdaptiveRateLimit } from '../../../lib/gateway/adaptive-rate-limit.ts';
import { seededRandom } from '../../../localstack/strict/random.ts';
import { TokenBucket } from '../../../localstack/strict/token-bucket.ts';

/** Milliseconds from a post to its answer. */
const LATENCY = 12;

interface Sender {
  readonly rateLimit: AdaptiveRateLimit;
  taken: number;
  refused: number;
}

type Step = 'ask' | 'send' | 'taken' | 'refused';

/** Senders that always have something to post, 128 at a time, against one quota, for so many seconds. */
const compete = (senders: number, quota: number, seconds: number): Sender[] => {
  const random = seededRandom(1);
  const bucket = new TokenBucket(quota, quota / 2, 0);
  const all = Array.from({ length: senders }, () => ({ rateLimit: new AdaptiveRateLimit(), taken: 0, refused: 0 }));
  const due = new Map<number, [Sender, Step][]>();
  const at = (time: number, sender: Sender, step: Step): void => {
    const tick = Math.ceil(time);
    const others = due.get(tick) ?? [];
    others.push([sender, step]);
    due.set(tick, others);
  };
  for (const sender of all) for (let i = 0; i < 128; i++) at(0, sender, 'ask');
  for (let now = 0; now < 1_000 * seconds; now++) {
    const steps = due.get(now) ?? [];
    while (steps.length > 0) {
      // Nobody is always first.
      const [[sender, step]] = steps.splice(Math.floor(random() * steps.length), 1) as [[Sender, Step]];
      const wait = step === 'ask' ? sender.rateLimit.turn(now, Number.POSITIVE_INFINITY) : 0;
      if (wait > 0) at(now + wait, sender, 'send');
      else if (step === 'taken') {
        sender.rateLimit.taken(now);
        at(now, sender, 'ask');
      } else if (step === 'refused') {
        sender.rateLimit.refused(now);
        sender.rateLimit.usedUp(now, 1);
        at(now + 25, sender, 'ask');
      } else if (bucket.take(now)) {
        sender.taken++;
        at(now + LATENCY, sender, 'taken');
      } else {
        sender.refused++;
        at(now + LATENCY, sender, 'refused');
      }
    }
    due.delete(now);
  }
  return all;
};

describe('the pace of posts', () => {
  it('holds nothing back until something is refused', () => {
    const rateLimit = new AdaptiveRateLimit();
    for (let now = 0; now < 1_000; now++) {
      expect(rateLimit.turn(now, Number.POSITIVE_INFINITY)).toBe(0);
      rateLimit.taken(now);
    }
  });

  it.each([
    [1, 2_500],
    [1, 10_000],
    [4, 10_000],
  ])('%d senders use a quota of %d a second whole, and are seldom refused', (senders, quota) => {
    const all = compete(senders, quota, 20);
    const taken = all.reduce((sum, sender) => sum + sender.taken, 0);
    const refused = all.reduce((sum, sender) => sum + sender.refused, 0);
    expect(taken / (quota * 20)).toBeGreaterThan(0.95);
    expect(refused / (taken + refused)).toBeLessThan(0.01);
  });

  it('comes to equal parts among those who share a quota', () => {
    const parts = compete(4, 10_000, 60).map(({ taken }) => taken);
    expect(Math.max(...parts) / Math.min(...parts)).toBeLessThan(1.5);
  });

  it('takes a few clients with full buffers for what they are', () => {
    const rateLimit = new AdaptiveRateLimit();
    for (let now = 0; now < 10_000; now++) {
      for (let i = 0; i < 5; i++) rateLimit.taken(now);
      if (now % 20 === 0) rateLimit.refused(now);
    }
    expect(rateLimit.rate).toBe(Number.POSITIVE_INFINITY);
  });

  it('slows by little for clients who refuse, however many, where it is not known that the quota does', () => {
    const rateLimit = new AdaptiveRateLimit();
    for (let now = 0; now < 10_000; now++) rateLimit.refused(now);
    expect(rateLimit.rate).toBe(Number.POSITIVE_INFINITY);
    for (let now = 10_000; now < 11_000; now++) {
      for (let i = 0; i < 4; i++) rateLimit.taken(now);
      rateLimit.usedUp(now, 2);
    }
    const { rate } = rateLimit;
    for (let now = 11_000; now < 11_300; now++) rateLimit.refused(now);
    expect(rateLimit.rate).toBeGreaterThan(0.8 * rate);
  });

  it('forgets a quota that has not been met for a minute', () => {
    const rateLimit = new AdaptiveRateLimit();
    for (let now = 0; now < 200; now++) for (let i = 0; i < 5; i++) rateLimit.usedUp(now, 1);
    expect(rateLimit.rate).toBeLessThan(100);
    for (let now = 200; now < 70_000; now++) rateLimit.taken(now);
    expect(rateLimit.rate).toBe(Number.POSITIVE_INFINITY);
  });
});
