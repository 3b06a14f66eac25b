import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../lib/memory/virtual-clock.ts';
import { systemClock } from '../../../lib/sync/clock.ts';
import { Semaphore } from '../../../lib/sync/semaphore.ts';

describe('slots', () => {
  it('run no more tasks at once than there are', async () => {
    const slots = new Semaphore(3, systemClock);
    let running = 0;
    let most = 0;
    for (let i = 0; i < 20; i++) {
      await slots.run(async () => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running--;
      });
    }
    await slots.ended();
    expect(most).toBe(3);
    expect(running).toBe(0);
  });

  it('are given on by tasks that take long, so that the others go on', async () => {
    const slots = new Semaphore(2, systemClock);
    const slow = Promise.withResolvers<void>();
    const done: number[] = [];
    for (let i = 0; i < 4; i++) await slots.run(() => slow.promise);
    for (let i = 0; i < 10; i++) await slots.run(async () => void done.push(i));
    expect(done).toHaveLength(10);
    slow.resolve();
    await slots.ended();
  });

  it('have 1,024 slow tasks beside them at the most, however long these take', async () => {
    const clock = new VirtualClock();
    const slots = new Semaphore(128, clock);
    const slow = Promise.withResolvers<void>();
    let begun = 0;
    const all = (async () => {
      for (let i = 0; i < 1_300; i++) {
        await slots.run(() => {
          begun++;
          return slow.promise;
        });
      }
      await slots.ended();
    })();
    await clock.advance(3_600_000);
    expect(begun).toBe(128 + 1_024);
    slow.resolve();
    await clock.run(all);
    expect(begun).toBe(1_300);
  });

  it('begin nothing after a failure, and tell of it when all have ended', async () => {
    const slots = new Semaphore(2, systemClock);
    const other = Promise.withResolvers<void>();
    let ended = false;
    await slots.run(async () => {
      await other.promise;
      ended = true;
    });
    await slots.run(async () => {
      throw new Error('broken');
    });
    await new Promise(setImmediate);
    await expect(slots.run(async () => expect.unreachable())).rejects.toThrow('broken');
    setImmediate(() => other.resolve());
    await expect(slots.ended()).rejects.toThrow('broken');
    expect(ended).toBe(true);
  });
});
