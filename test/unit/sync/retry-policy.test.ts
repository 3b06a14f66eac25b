import { describe, expect, it } from 'vitest';
import { doubling, withRetries } from '../../../lib/ports/retry-policy.ts';

const FOREVER = Number.POSITIVE_INFINITY;
const always = () => true;

/** A step that fails so often, and a clock on which only its pauses take time. */
const failing = (times: number, takes = 0) => {
  const pauses: number[] = [];
  let [now, tries] = [0, 0];
  const clock = {
    elapsed: () => now,
    sleep: async (duration: number) => {
      pauses.push(duration);
      now += duration;
    },
  };
  const step = async (): Promise<string> => {
    now += takes;
    if (++tries <= times) throw new Error(`try ${tries}`);
    return 'done';
  };
  return { clock, step, pauses, tries: () => tries };
};

describe('a step that is tried again', () => {
  it('is done once if it goes well', async () => {
    const { clock, step, tries } = failing(0);
    expect([await withRetries(clock, { pauses: [1], isTransient: always }, FOREVER, step), tries()]).toEqual([
      'done',
      1,
    ]);
  });

  it('pauses as the policy says, each time that it is called', async () => {
    const policy = { pauses: doubling(100, 500), isTransient: always };
    for (const _ of [1, 2]) {
      const { clock, step, pauses } = failing(5);
      expect(await withRetries(clock, policy, FOREVER, step)).toBe('done');
      expect(pauses).toEqual([100, 200, 400, 500, 500]);
    }
  });

  it('throws what the last try threw, once there are no more pauses', async () => {
    const { clock, step, pauses } = failing(9);
    await expect(withRetries(clock, { pauses: [50, 150], isTransient: always }, FOREVER, step)).rejects.toThrow(
      'try 3',
    );
    expect(pauses).toEqual([50, 150]);
  });

  it('is not tried again after what no other try makes better', async () => {
    const { clock, step, pauses } = failing(9);
    const isTransient = (error: unknown) => (error as Error).message !== 'try 2';
    await expect(withRetries(clock, { pauses: doubling(1, 1), isTransient }, FOREVER, step)).rejects.toThrow('try 2');
    expect(pauses).toEqual([1]);
  });

  it('begins no other try after the deadline, and the first in any case', async () => {
    const policy = { pauses: doubling(100, 100), isTransient: always };
    const late = failing(9, 10);
    await expect(withRetries(late.clock, policy, 219, late.step)).rejects.toThrow('try 2');
    const over = failing(0);
    expect(await withRetries(over.clock, policy, -1, over.step)).toBe('done');
  });
});
