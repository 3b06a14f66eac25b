import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Batches } from '../../../localstack/plugins/event-source/batches.ts';

const filled = (count: number, limits: { size: number; window: number }) => {
  const batches = new Batches<number>(limits);
  for (let number = 0; number < count; number += 1) batches.add(number);
  return batches;
};

/** Lets everything run that waits for no time to pass. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('batches', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  test('are handed over as soon as they are full', async () => {
    const batches = filled(5, { size: 2, window: 60_000 });
    expect(await batches.next()).toEqual([0, 1]);
    expect(await batches.next()).toEqual([2, 3]);
  });

  test('wait for their window, counted from the first message', async () => {
    const batches = new Batches<number>({ size: 10, window: 50 });
    const taken = vi.fn();
    void batches.next().then(taken);
    batches.add(1);
    await vi.advanceTimersByTimeAsync(20);
    batches.add(2);
    await vi.advanceTimersByTimeAsync(29);
    await settled();
    expect(taken).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await settled();
    expect(taken).toHaveBeenCalledExactlyOnceWith([1, 2]);
  });

  test('count the time in which nobody asked', async () => {
    const batches = filled(1, { size: 10, window: 30 });
    await vi.advanceTimersByTimeAsync(40);
    // No time passes any more.
    expect(await batches.next()).toEqual([0]);
  });

  test('are what is there with a window of zero, including what arrives in the same turn', async () => {
    const batches = new Batches<number>({ size: 10, window: 0 });
    const next = batches.next();
    for (const number of [1, 2, 3]) batches.add(number);
    // No time passes.
    expect(await next).toEqual([1, 2, 3]);
  });

  test('come to an end, which drops what waits', async () => {
    const batches = filled(3, { size: 10, window: 60_000 });
    const next = batches.next();
    batches.end();
    expect(await next).toBeUndefined();
    batches.add(4);
    expect(await batches.next()).toBeUndefined();
  });

  test('fail with the first reason there was', async () => {
    const batches = new Batches<number>({ size: 10, window: 0 });
    const next = batches.next();
    batches.end(new Error('first'));
    batches.end(new Error('second'));
    await expect(next).rejects.toThrow('first');
    await expect(batches.next()).rejects.toThrow('first');
  });
});
