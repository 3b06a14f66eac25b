import { describe, expect, it } from 'vitest';
import type { Clock } from '../../lib/ports/clock.ts';

/** What a contract is held against. */
export interface ClockKind {
  readonly name: string;
  /** A clock, and what lets time pass until some work has ended. */
  open(): { readonly clock: Clock; during<T>(work: Promise<T>): Promise<T> };
  /** Why many cannot wait at a time; undefined where they can. */
  readonly isForOne: string | undefined;
}

/** What {@link Clock} promises. */
export const clockContract = (kind: ClockKind): void => {
  describe(`the clock (${kind.name})`, () => {
    it('sleeps for as long as it is asked to, at the least', async () => {
      const { clock, during } = kind.open();
      // The resolution of timers.
      const most = 1;
      for (const duration of [0, 1, 20]) {
        const began = clock.elapsed();
        await during(clock.sleep(duration));
        expect(clock.elapsed() - began).toBeGreaterThanOrEqual(duration - most);
      }
    });

    it('tells the time of day in milliseconds since 1970', () => {
      expect(kind.open().clock.now()).toBeGreaterThan(Date.UTC(2020, 0));
    });

    const title = 'wakes those who wait in the order of their times';
    const test = async (): Promise<void> => {
      const { clock, during } = kind.open();
      const woken: number[] = [];
      const sleeping = [60, 20, 40, 20].map((duration, i) => clock.sleep(duration).then(() => woken.push(i)));
      await during(Promise.all(sleeping));
      expect(woken).toEqual([1, 3, 2, 0]);
    };
    if (kind.isForOne === undefined) it(title, test);
    else it.skip(`${title} (not here: ${kind.isForOne})`, test);
  });
};
